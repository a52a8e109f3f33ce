from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuoshi.models import load_model
from cuoshi_train.evaluation import collect
from cuoshi_train.evaluation.evidence import agreement, faithfulness
from tests.models import lexicon


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"text": "院子里开着红花，大家都说好看", "labels": ["red"], "evidence": {"red": [[4, 7]]}},
        {"text": "抬头是蓝天", "labels": ["blue"], "evidence": {"blue": [[0, 2], [3, 5]]}},
        {"text": "没有颜色", "labels": []},
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_agreement_counts_characters(data: Path, tmp_path: Path) -> None:
    outcome = collect(lexicon(tmp_path / "m"), data)
    assert outcome.evidence[0] == {"red": [(5, 7)]}
    found = agreement(outcome)
    assert found is not None
    # red: 2 of 2 against 3; blue: 2 of 2 against 4
    assert found["token_f1"] == pytest.approx(2 * 4 / (4 + 7))
    assert found["overlap"] == pytest.approx(2 / 3)


def test_a_label_goes_with_its_evidence_and_stays_without_the_rest(
    data: Path, tmp_path: Path
) -> None:
    directory = lexicon(tmp_path / "m")
    found = faithfulness(collect(directory, data), load_model(directory))
    assert found == {"lost": 1.0, "kept": 1.0, "labels": 2, "controls": 2}


def test_data_without_evidence_has_no_agreement(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"text": "红花", "labels": ["red"]}\n', encoding="utf-8")
    assert agreement(collect(lexicon(tmp_path / "m"), path)) is None
