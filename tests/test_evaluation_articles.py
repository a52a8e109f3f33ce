from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi.modeldir import load_manifest, save_manifest
from cuoshi_train.evaluation import figures_of
from cuoshi_train.evaluation.articles import pipeline_outcome, read_gold
from cuoshi_train.keys import sha1
from tests.models import lexicon


def gold(path: Path, *rows: tuple[str, str, list[str]]) -> Path:
    lines = [
        json.dumps({"article": name, "sha1": sha1(text), "labels": labels, "evidence": {}}) + "\n"
        for name, text, labels in rows
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.txt").write_text("门前开着红花。天上没有云。\n抬头就是蓝天。", encoding="utf-8")
    return folder


def test_right_tags_count_as_right(pages: Path, tmp_path: Path) -> None:
    keys = gold(
        tmp_path / "g.jsonl",
        ("a.txt", "门前开着红花。", ["red"]),
        ("a.txt", "天上没有云。", []),
        ("a.txt", "抬头就是蓝天。", ["blue"]),
    )
    directory = lexicon(tmp_path / "m")
    save_manifest(
        directory, replace(load_manifest(directory), thresholds={"red": 0.3, "blue": 0.7})
    )
    outcome = pipeline_outcome(str(directory), pages, keys)
    assert outcome.cuts.tolist() == [0.3, 0.7]
    figures = figures_of(outcome)
    assert figures["macro_f1"] == 1.0
    assert figures["count"] == 3


def test_a_gold_sentence_that_does_not_come_out_is_missed(pages: Path, tmp_path: Path) -> None:
    keys = gold(
        tmp_path / "g.jsonl",
        ("a.txt", "门前开着红花。天上没有云。", ["red"]),
        ("a.txt", "抬头就是蓝天。", ["blue"]),
    )
    figures = figures_of(pipeline_outcome(str(lexicon(tmp_path / "m")), pages, keys))
    red = figures["labels"]["red"]
    assert red["recall"] == 0.0
    assert red["precision"] == 0.0  # and the half that was tagged is in no gold
    assert figures["labels"]["blue"]["f1"] == 1.0


def test_other_articles_are_an_error(pages: Path, tmp_path: Path) -> None:
    keys = gold(tmp_path / "g.jsonl", ("b.txt", "别的文章。", []))
    with pytest.raises(InputError, match="none of the sentences"):
        pipeline_outcome(str(lexicon(tmp_path / "m")), pages, keys)


def test_a_line_that_is_no_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text('{"article": "a"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1: not a gold key"):
        read_gold(path)
