"""Model directories: weights and all that belongs to them, checked when they are loaded.

A model is a directory with `model.json`: its name, version and kind, the measures, a threshold
for each, the digest of the data it was trained on, the versions of what trained it, and the
SHA-256 of every other file. The bundled ones lie in `cuoshi/bundled`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from cuoshi.errors import ModelError, known
from cuoshi.measures import Measure, measures_of

FORMAT = 1
FILE = "model.json"
CARD = "README.md"
DEFAULT = "default"
DEFAULT_IS = "bert"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `model.json` says.

    Attributes:
        name, version: of the model.
        kind: which class loads it (see `cuoshi.models`).
        measures: in the order of the score columns.
        thresholds: a score at or over its label's threshold gives the label.
        data: digest of the training data, empty where there was none.
        versions: of Python and the packages that made it.
        options: what the kind needs beside its files.
    """

    name: str
    version: str
    kind: str
    measures: tuple[Measure, ...]
    thresholds: Mapping[str, float]
    data: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """The ids of the measures."""
        return tuple(measure.id for measure in self.measures)


def bundled() -> dict[str, Path]:
    """The models that come with the package, by name."""
    home = Path(str(files("cuoshi"))) / "bundled"
    return {path.parent.name: path.parent for path in sorted(home.glob(f"*/{FILE}"))}


def find(name: str | Path) -> Path:
    """The directory of a bundled model's name, of `default`, or of a path.

    Raises:
        ModelError: there is none.
    """
    names = bundled()
    if str(name) == DEFAULT:
        return names[DEFAULT_IS]
    if str(name) in names:
        return names[str(name)]
    path = Path(name)
    if (path / FILE).is_file():
        return path
    if path.is_dir():
        raise ModelError(f"{path}: no {FILE} in it")
    raise ModelError(f"unknown model {str(name)!r}{known(str(name), [DEFAULT, *names])}")


def identity(name: str | Path) -> dict[str, str]:
    """Name, version and the digest of a model's manifest, which holds those of all its files."""
    directory = find(name)
    manifest = load_manifest(directory)
    return {
        "name": manifest.name, "version": manifest.version, "sha256": _digest(directory / FILE)
    }  # fmt: skip


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_manifest(directory: Path) -> Manifest:
    """Read `model.json` and check every file against its digest.

    Raises:
        ModelError: a file is missing or changed, or the manifest is none; names the path.
    """
    path = directory / FILE
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["format"] != FORMAT:
            raise ModelError(f"{path}: format {data['format']}, this cuoshi reads {FORMAT}")
        measures = measures_of(data["measures"], str(path))
        manifest = Manifest(
            name=data["name"],
            version=data["version"],
            kind=data["kind"],
            measures=measures,
            thresholds={measure.id: float(data["thresholds"][measure.id]) for measure in measures},
            data=data["data"],
            versions=data["versions"],
            options=data["options"],
        )
        listed = dict(data["files"])
        if not isinstance(manifest.options, dict):
            raise TypeError("options are no object")
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError
    ) as error:  # fmt: skip
        raise ModelError(f"{path}: not a model ({type(error).__name__}: {error})") from error
    for name, digest in listed.items():
        file = directory / name
        if Path(name).name != name:
            raise ModelError(f"{path}: {name!r} is outside the model")
        if not file.is_file():
            raise ModelError(f"{file}: missing")
        if _digest(file) != digest:
            raise ModelError(f"{file}: damaged (its SHA-256 is not the one in {FILE})")
    return manifest


def save_manifest(directory: Path, manifest: Manifest) -> None:
    """Write `model.json` with the digests of the files that are in the directory."""
    names = sorted(path.name for path in directory.iterdir() if path.name != FILE)
    data = {
        "format": FORMAT,
        "name": manifest.name,
        "version": manifest.version,
        "kind": manifest.kind,
        "measures": {
            measure.id: {
                "zh": measure.zh,
                "en": measure.en,
                "definition": measure.definition,
                "colour": measure.colour,
            }
            for measure in manifest.measures
        },
        "thresholds": dict(manifest.thresholds),
        "data": manifest.data,
        "versions": dict(manifest.versions),
        "options": dict(manifest.options),
        "files": {name: _digest(directory / name) for name in names},
    }
    text = json.dumps(data, ensure_ascii=False, indent=2)
    (directory / FILE).write_text(text + "\n", encoding="utf-8")
