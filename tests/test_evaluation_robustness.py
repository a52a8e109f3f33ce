from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from cuoshi.articles import clean_article
from cuoshi.reading import Article
from cuoshi_train.evaluation.corruption import AROUND, EVERYTHING, KINDS, corrupted
from cuoshi_train.evaluation.robustness import robustness
from tests.models import lexicon

SENTENCE = "各街道要严格落实责任，对隔离人员做好检测，应检尽检；夜间也有人值守。"


@pytest.mark.parametrize("kind", [*KINDS, *AROUND])
def test_every_kind_changes_the_text_and_the_same_seed_the_same_way(kind: str) -> None:
    noisy = corrupted(SENTENCE, [kind], 1)
    assert noisy != SENTENCE
    assert noisy == corrupted(SENTENCE, [kind], 1)


@pytest.mark.parametrize("kind", sorted({*KINDS, *AROUND} - {"byte slip"}))
def test_the_cleaner_undoes_what_can_be_undone(kind: str) -> None:
    sentences = clean_article(Article("", "", corrupted(SENTENCE, [kind], 1))).sentences()
    kept = "".join(s.text.string for s in sentences if s.dropped is None)
    assert kept.replace(" ", "") == SENTENCE


def test_slips_leave_short_text_alone() -> None:
    assert KINDS["byte slip"]("太短", random.Random(1)) == "太短"


def test_the_table_has_a_row_for_each_kind(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    rows = [
        {"text": "院子里的红花开了，大家都出来看。", "labels": ["red"]},
        {"text": "今天又是蓝天，没有一片云在上面。", "labels": ["blue"]},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = {row.noise: row for row in robustness(str(lexicon(tmp_path / "m")), data)}
    assert set(found) == {"none", *KINDS, *AROUND, EVERYTHING}
    assert found["none"].cleaned == 1.0
    assert found["Traditional script"].cleaned == 1.0
    assert found["Traditional script"].raw < 1.0
