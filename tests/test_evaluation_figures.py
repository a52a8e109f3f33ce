from __future__ import annotations

import json
from pathlib import Path

import evaluate
import pytest
from rich.console import Console

from cuoshi_train.evaluation import METRIC, evaluate_model, results_table
from tests.models import lexicon

LABELS = ["red", "blue"]


def test_the_metric_agrees_with_a_sum_on_paper() -> None:
    figures = evaluate.load(str(METRIC)).compute(
        predictions=[[1, 0], [1, 1], [0, 0], [0, 1]],
        references=[[1, 0], [0, 1], [1, 0], [0, 1]],
        labels=LABELS,
    )
    assert figures["labels"]["red"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert figures["labels"]["blue"]["f1"] == 1.0
    assert figures["macro_f1"] == 0.75
    assert figures["micro_f1"] == 0.75
    assert figures["exact_match"] == 0.5
    assert figures["count"] == 4


def test_a_label_without_a_case_scores_nothing() -> None:
    figures = evaluate.load(str(METRIC)).compute(
        predictions=[[1, 0]], references=[[1, 0]], labels=LABELS
    )
    assert figures["labels"]["blue"]["f1"] == 0.0


def test_rows_are_tagged_as_sentences(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    rows = [
        {"text": "红花。蓝天。", "labels": ["red", "blue"]},
        {"text": "返回顶部", "labels": []},
        {"text": "蓝图", "labels": ["blue"]},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = evaluate_model(str(lexicon(tmp_path / "m")), data)
    assert result.figures["labels"]["red"]["f1"] == 1.0
    assert result.figures["labels"]["blue"]["recall"] == 0.5
    assert result.figures["exact_match"] == pytest.approx(2 / 3)
    console = Console(width=160)
    with console.capture() as capture:
        console.print(results_table([result]))
    assert "1.00/0.50/0.67" in capture.get()
