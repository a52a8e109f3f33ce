"""Build the lexicon's model directory: ``cuoshi train lexicon configs/lexicon.toml -o DIR``."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cuoshi.errors import ConfigError
from cuoshi.modeldir import CARD, Manifest, save_manifest
from cuoshi.models.lexicon import FILE
from cuoshi_train.config import beside, read_measures, read_toml, strings
from cuoshi_train.versions import versions

_CARD = """# lexicon

A few regular expressions for each measure, from `configs/lexicon.toml`: the floor with which
every trained model is compared. A label's score is 1 where a pattern matches, else 0.
"""


def build(path: Path, directory: Path) -> Manifest:
    """Write the model directory.

    Raises:
        ConfigError: a measure without patterns, or a pattern that is no regular expression.
    """
    config = read_toml(path)
    measures = read_measures(beside(path, str(config.pop("measures", "measures.toml"))))
    patterns = {}
    for measure in measures:
        table = config.pop(measure.id, None)
        where = f"{path}: {measure.id}"
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: no patterns")
        patterns[measure.id] = {key: strings(table, key, where) for key in ("match", "unless")}
        if not patterns[measure.id]["match"]:
            raise ConfigError(f"{where}: match is empty")
        for pattern in [*patterns[measure.id]["match"], *patterns[measure.id]["unless"]]:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigError(f"{where}: {pattern!r}: {error}") from error
    if config:
        raise ConfigError(f"{path}: {', '.join(config)}: no such measure")
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(patterns, ensure_ascii=False, indent=1)
    (directory / FILE).write_text(text + "\n", encoding="utf-8")
    (directory / CARD).write_text(_CARD, encoding="utf-8")
    manifest = Manifest(
        name="lexicon",
        version="1",
        kind="lexicon",
        measures=measures,
        thresholds={measure.id: 0.5 for measure in measures},
        versions=versions(),
    )
    save_manifest(directory, manifest)
    return manifest
