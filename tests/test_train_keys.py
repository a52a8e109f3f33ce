from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi_train.agreement import agreement, equal_labels
from cuoshi_train.keys import read_keys, sha1
from cuoshi_train.rebuild import rebuild
from tests.models import MEASURES

DOCUMENT = "花园里开着红花,天上没有云。 今天是個蓝天！\n明天下雨。"
SENTENCES = {"花园里开着红花，天上没有云。": ["red"], "今天是个蓝天！": ["blue"], "明天下雨。": []}


def key(n: int, text: str, labels: list[str], **changes: object) -> dict[str, object]:
    raw = ["花园里开着红花,天上没有云。", "今天是個蓝天！", "明天下雨。"][n]
    start = DOCUMENT.index(raw)
    evidence = {label: [[0, 2]] for label in labels}
    return {
        "id": f"r{n}",
        "repo": "owner/name",
        "commit": "c0ffee",
        "path": "data/news.json",
        "doc": "d1",
        "index": n,
        "splitter": 1,
        "start": start,
        "end": start + len(raw),
        "sha1": sha1(text),
        "labels": labels,
        "evidence": evidence,
        "readers": [{"reader": 0, "evidence": evidence}, {"reader": 1, "evidence": evidence}],
        "genre": "",
        "date": "2020",
        "draw": "natural",
        "split": "train",
        **changes,
    }


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    rows = [key(n, text, labels) for n, (text, labels) in enumerate(SENTENCES.items())]
    for split, row in zip(("train", "validation", "test"), rows, strict=True):
        write(tmp_path / "keys" / f"{split}.jsonl", [row])
    return tmp_path / "keys"


def corpus(path: Path, text: str = DOCUMENT) -> Path:
    row = {"repo": "owner/name", "path": "data/news.json", "doc": "d1", "text": text}
    path.write_bytes(gzip.compress((json.dumps(row) + "\n").encode()))
    return path


def texts(folder: Path) -> list[str]:
    return [
        json.loads((folder / f"{split}.jsonl").read_text("utf-8"))["text"]
        for split in ("train", "validation", "test")
    ]


def test_texts_come_back_from_a_corpus(tmp_path: Path, keys: Path) -> None:
    done = rebuild(keys, corpus(tmp_path / "c.jsonl.gz"), tmp_path / "out")
    assert (done.found, done.wanted, done.missing) == (3, 3, ())
    assert texts(tmp_path / "out") == list(SENTENCES)


def test_texts_come_back_from_a_clone(tmp_path: Path, keys: Path) -> None:
    file = tmp_path / "clones" / "name" / "data" / "news.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"items": [{"body": DOCUMENT}]}), encoding="utf-8")
    done = rebuild(keys, tmp_path / "clones", tmp_path / "out")
    assert done.missing == ()
    assert texts(tmp_path / "out") == list(SENTENCES)


def test_texts_come_back_from_a_table_in_a_clone(tmp_path: Path) -> None:
    row = key(2, "明天下雨。", [], path="news.csv")
    for split in ("train", "validation", "test"):
        write(tmp_path / "keys" / f"{split}.jsonl", [row])
    file = tmp_path / "clones" / "owner" / "name" / "news.csv"
    file.parent.mkdir(parents=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["title", "body"], ["天气", DOCUMENT]])
    assert rebuild(tmp_path / "keys", tmp_path / "clones", tmp_path / "out").found == 3


def test_what_is_missing_or_differs_is_told_and_the_rest_rebuilt(
    tmp_path: Path, keys: Path
) -> None:
    changed = corpus(tmp_path / "c.jsonl.gz", DOCUMENT.replace("红花", "白花"))
    done = rebuild(keys, changed, tmp_path / "out")
    assert done.found == 2
    assert done.missing == ("owner/name data/news.json document d1: 1 sentences not found",)
    assert (tmp_path / "out" / "train.jsonl").read_text() == ""


def test_wrong_files_are_told(tmp_path: Path) -> None:
    row = key(0, "甲", ["red"])
    del row["sha1"]
    with pytest.raises(InputError, match=r"k\.jsonl: line 1: not a key .*sha1"):
        read_keys(write(tmp_path / "k.jsonl", [row]))
    with pytest.raises(InputError, match="No such file"):
        read_keys(tmp_path / "none.jsonl")


def test_a_wrong_corpus_is_told(tmp_path: Path, keys: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text("{}\n")
    with pytest.raises(InputError, match=r"c\.jsonl: line 1"):
        rebuild(keys, path, tmp_path / "out")


def test_agreement_is_that_of_the_textbook(tmp_path: Path) -> None:
    """Two readers, ten sentences: 4 both red, 4 neither, 2 differ; figures by hand."""
    both = {"red": [[0, 4]]}
    readings = [(both, {"red": [[2, 6]]})] * 4 + [({}, {})] * 4 + [(both, {}), ({}, both)]
    rows = [
        key(
            0,
            "甲",
            [],
            readers=[{"reader": n, "evidence": evidence} for n, evidence in enumerate(pair)],
        )
        for pair in readings
    ]
    keys = read_keys(write(tmp_path / "k.jsonl", rows))
    red, blue = agreement(keys, MEASURES)
    assert red.kappa == pytest.approx(0.6)
    assert red.alpha == pytest.approx(1 - 0.2 / (2 * 10 * 10 / (20 * 19)))
    assert red.evidence == pytest.approx(0.5)
    assert red.differences == 2
    assert (blue.differences, blue.kappa, blue.alpha) == (0, 1.0, 1.0)
    assert equal_labels(keys) == 0.8
