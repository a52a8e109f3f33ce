from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

from cuoshi.measures import measures_of
from cuoshi.modeldir import find, load_manifest
from cuoshi.models import load_model
from cuoshi.models.lexicon import LexiconModel
from tests.models import lexicon

MEASURES = {"a": {"zh": "甲", "en": "a", "definition": "A.", "colour": "red"}}


def test_matches_are_scores_and_evidence(tmp_path: Path) -> None:
    model = load_model(lexicon(tmp_path / "m"))
    assert model.score(["红花和红旗", "红花油", "蓝天"]).tolist() == [[1, 0], [0, 0], [0, 1]]
    assert model.evidence("红花和红旗", "red") == [(0, 2), (3, 5)]
    assert model.evidence("红花油和红旗", "red") == [(4, 6)]
    assert model.score([]).shape == (0, 2)


def test_exceptions_bar_what_they_overlap() -> None:
    manifest = replace(load_manifest(find("lexicon")), measures=measures_of(MEASURES, "x"))
    match, unless = r"a[ab]?|c*", r"b.|aa+|c"
    model = LexiconModel(manifest, {"a": {"match": [match], "unless": [unless]}})
    rng = random.Random(1)
    for _ in range(500):
        text = "".join(rng.choices("abcd", k=rng.randint(0, 30)))
        barred = [m.span() for m in re.finditer(unless, text)]
        assert model.evidence(text, "a") == [
            m.span()
            for m in re.finditer(match, text)
            if not any(m.start() < end and start < m.end() for start, end in barred)
        ]
