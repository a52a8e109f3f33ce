from __future__ import annotations

from pathlib import Path

from cuoshi.models import load_model
from tests.models import lexicon


def test_matches_are_scores_and_evidence(tmp_path: Path) -> None:
    model = load_model(lexicon(tmp_path / "m"))
    assert model.score(["红花和红旗", "红花油", "蓝天"]).tolist() == [[1, 0], [0, 0], [0, 1]]
    assert model.evidence("红花和红旗", "red") == [(0, 2), (3, 5)]
    assert model.evidence("红花油和红旗", "red") == [(4, 6)]
    assert model.score([]).shape == (0, 2)
