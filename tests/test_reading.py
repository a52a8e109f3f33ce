from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi.reading import Article, find_inputs, read_articles


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def errors(name: str, **options: str) -> list[str]:
    return [str(item) for item in read_articles(name, **options) if isinstance(item, InputError)]


def texts(name: str, **options: str) -> list[tuple[str, str]]:
    return [
        (item.id, item.text) for item in read_articles(name, **options) if isinstance(item, Article)
    ]


def test_folders_are_searched_in_order_and_other_files_left(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.txt", "a.html", "b/c.jsonl.gz", "photo.png"):
        (tmp_path / name).write_bytes(b"x")
    found = list(find_inputs([str(tmp_path)]))
    assert found == [str(tmp_path / name) for name in ("a.html", "b/c.jsonl.gz", "z.txt")]


def test_what_is_not_there_is_an_error_and_the_rest_is_found(tmp_path: Path) -> None:
    there = write(tmp_path / "a.txt", "检测")
    (tmp_path / "empty").mkdir()
    missing, empty, found = find_inputs([str(tmp_path / "no.txt"), str(tmp_path / "empty"), there])
    assert "no such file" in str(missing)
    assert "no file with" in str(empty)
    assert found == there


def test_text_and_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("检测".encode()))
    assert texts(str(path)) == [(str(path), "检测")]
    path.write_bytes(b"no gzip")
    assert len(errors(str(path))) == 1


def test_jsonl_goes_on_after_a_broken_line(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        '{"text": "甲", "id": 7}\n{broken\n\n[1]\n{"text": 5}\n{"text": "乙"}\n',
    )
    assert texts(path) == [("7", "甲"), (f"{path}:6", "乙")]
    said = errors(path)
    assert [f"line {n}" in message for n, message in zip((2, 4, 5), said, strict=True)] == [
        True
    ] * 3


def test_columns_are_chosen_and_missing_ones_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'no,body\n1,"甲,\n乙"\n2,丙\n')
    assert texts(path, text_column="body", id_column="no") == [("1", "甲,\n乙"), ("2", "丙")]
    (said,) = errors(path)
    assert "no column 'text'" in said
    assert "no, body" in said
    short = write(tmp_path / "b.csv", "id,text\n1\n2,乙\n")
    assert len(errors(short)) == 1
    assert texts(short) == [("2", "乙")]
    tsv = write(tmp_path / "a.tsv", "id\ttext\n9\t丁\n")
    assert texts(tsv) == [("9", "丁")]


def test_lines_are_records_where_the_unit_is_the_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "甲。乙。\n\n丙\n")
    assert texts(path, unit="sentence") == [(f"{path}:1", "甲。乙。"), (f"{path}:3", "丙")]


@pytest.mark.parametrize("content", [b"", b" \n", b"\x89PNG\r\n\x1a\n"])
def test_empty_and_binary_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    (said,) = errors(str(path))
    assert said.startswith(str(path))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO("<html><body><p>检测</p></body></html>".encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    (article,) = read_articles("-")
    assert isinstance(article, Article)
    assert article.html
