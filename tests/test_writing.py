from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cuoshi import OutputError, Tagger
from cuoshi.writing import make_writer, record, whole_file
from tests.models import lexicon

PAGE = "花園裏有紅(hóng)花。天晴。"


@pytest.fixture
def tagger(tmp_path: Path) -> Tagger:
    return Tagger(lexicon(tmp_path / "m"))


def written(tagger: Tagger, form: str) -> str:
    out = io.StringIO()
    make_writer(form, out, tagger.measures).write(tagger.tag(PAGE))
    return out.getvalue()


def test_a_record_holds_what_the_readme_says(tagger: Tagger) -> None:
    article = tagger.tag(PAGE)
    assert record(article, article.sentences[0]) == {
        "article": "0",
        "index": 0,
        "text": "花园里有红花。",
        "start": 0,
        "end": 13,
        "labels": ["red"],
        "scores": {"red": 1.0, "blue": 0.0},
        "evidence": {"red": [{"start": 4, "end": 12, "text": "红花"}]},
        "dropped": None,
    }


def test_jsonl_has_a_line_for_every_sentence(tagger: Tagger) -> None:
    rows = [json.loads(line) for line in written(tagger, "jsonl").splitlines()]
    assert [row["labels"] for row in rows] == [["red"], []]


def test_csv_has_a_row_for_every_sentence(tagger: Tagger) -> None:
    rows = list(csv.DictReader(io.StringIO(written(tagger, "csv"))))
    assert [row["labels"] for row in rows] == ["red", ""]
    assert rows[0]["red_evidence"] == "红花"
    assert rows[0]["blue_score"] == "0.0"


def test_the_table_shows_tagged_sentences_and_counts(tagger: Tagger) -> None:
    text = written(tagger, "table")
    assert "[红] 花园里有红花。" in text
    assert "天晴" not in text
    assert "红 red 1  蓝 blue 0" in text


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with whole_file(path, "utf-8-sig") as out:
        out.write("甲\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + "甲\n".encode()
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert "甲" in path.read_text("utf-8-sig")
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def interrupted(path: Path) -> None:
    with whole_file(path) as out:
        out.write("乙")
        raise KeyboardInterrupt


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no/out"), whole_file(tmp_path / "no" / "out"):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="folder"), whole_file(tmp_path / "folder"):
        pass
