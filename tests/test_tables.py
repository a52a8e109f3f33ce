from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi.tables import rows


def read(path: Path) -> list[object]:
    kind = next(s for s in reversed(path.suffixes) if s != ".gz")
    return [str(row) if isinstance(row, InputError) else row for row in rows(str(path), kind)]


def test_jsonl_in_another_encoding_is_told_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"text": f"第{i}天开展核酸检测。"}, ensure_ascii=False) for i in range(30)]
    path.write_bytes("\n".join(lines).encode("gb18030"))
    assert read(path)[29] == (30, {"text": "第29天开展核酸检测。"})


def test_a_broken_place_far_in_costs_one_character(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = '{"text": "检测"}\n'.encode()
    path.write_bytes(line * 80_000 + line.replace("检".encode(), b"\xe6\xa3") + line)
    found = read(path)
    assert len(found) == 80_002
    assert found[-2] == (80_001, {"text": "\ufffd测"})


def test_a_line_without_end_is_an_error_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cuoshi.tables.LONGEST", 1000)
    path = tmp_path / "a.jsonl"
    long = json.dumps({"text": "x" * 5000})
    path.write_text(f'{{"text": "a"}}\n{long}\n{{"text": "b"}}\n', encoding="utf-8")
    assert read(path) == [
        (1, {"text": "a"}),
        f"{path}: line 2: longer than 1000 characters",
        (3, {"text": "b"}),
    ]


def test_deep_nesting_and_other_json_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("[" * 100_000 + '\n"text"\n{"text": "a"}\n', encoding="utf-8")
    first, second, third = read(path)
    assert "line 1: not JSON" in str(first)
    assert "line 2: not a JSON object" in str(second)
    assert third == (3, {"text": "a"})


@pytest.mark.parametrize("data", [b"", b"   \n", b"\x89PNG\r\n"])
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    (found,) = read(path)
    assert str(found).startswith(str(path))


def test_a_cut_gzip_file_gives_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    lines = "".join(json.dumps({"text": f"{i * 7919}"}) + "\n" for i in range(200_000))
    data = gzip.compress(lines.encode())
    path.write_bytes(data[: len(data) // 2])
    found = read(path)
    assert len(found) > 10_000
    assert str(found[-1]).startswith(str(path))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(300):
            file.write((b'{"text": "' + b"a" * 10_000 + b'"}\n') * 20)
    tracemalloc.start()
    count = sum(1 for _ in rows(str(path), ".jsonl"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 300 * 20
    assert peak < 20_000_000
