from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi_train.dataset import digest, indicator, read_examples
from tests.models import MEASURES

ROW = {"text": "红花", "labels": ["red"], "evidence": {"red": [[0, 2]]}, "genre": "notice"}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rows_become_examples(tmp_path: Path) -> None:
    (one, two) = read_examples(
        write(tmp_path / "a.jsonl", ROW, {"text": "绿", "labels": []}), MEASURES
    )
    assert (one.text, one.labels, one.evidence) == ("红花", ("red",), {"red": ((0, 2),)})
    assert one.fields == {"genre": "notice"}
    assert indicator([one, two], MEASURES).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "labels": ["green"]}, "unknown label 'green'"),
        ({**ROW, "evidence": {"red": [[1, 9]]}}, "outside the text"),
        ({**ROW, "evidence": {"red": []}}, "outside the text"),
        ({**ROW, "evidence": {"blue": [[0, 1]]}}, "other labels"),
        ({"labels": []}, "no key 'text'"),
        ({"text": 5, "labels": []}, "wrong type"),
        ([], "not a JSON object"),
    ],
)
def test_wrong_rows_are_told_by_their_line(tmp_path: Path, row: object, said: str) -> None:
    path = write(tmp_path / "a.jsonl", ROW, row)
    with pytest.raises(InputError, match=rf"a\.jsonl: line 2: .*{said}"):
        read_examples(path, MEASURES)


def test_no_rows_and_no_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no labelled sentences"):
        read_examples(write(tmp_path / "a.jsonl"), MEASURES)
    with pytest.raises(InputError, match="No such file"):
        read_examples(tmp_path / "b.jsonl", MEASURES)


def test_digests_name_the_content(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", ROW)
    before = digest([path])
    assert before == digest([path])
    write(path, ROW, ROW)
    assert digest([path]) != before
