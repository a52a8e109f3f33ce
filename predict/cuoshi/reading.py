"""Inputs: files, folders and standard input, as articles."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cuoshi.decoding import decode
from cuoshi.errors import InputError
from cuoshi.markup import is_page

TEXTS = (".txt", ".md")
PAGES = (".html", ".htm")
TABLES = (".jsonl", ".csv", ".tsv")
SUFFIXES = TEXTS + PAGES + TABLES
STDIN = "-"
TEXT_COLUMN = "text"
ID_COLUMN = "id"


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read.

    Attributes:
        id: the id column's value, or the file's path, with `:LINE` for a row of a table.
        path: the file it comes from, or `-`.
        text: the decoded input that offsets count in: the file's text, or the row's field.
        html: whether the text is an HTML page.
    """

    id: str
    path: str
    text: str
    html: bool = False


def find_inputs(paths: Iterable[str]) -> Iterator[str | InputError]:
    """The files behind the paths: folders are searched through, in sorted order."""
    for name in paths:
        path = Path(name)
        if name == STDIN or path.is_file():
            yield name
        elif path.is_dir():
            found = [
                str(file) for file in sorted(path.rglob("*")) if file.is_file() and _kind(file)
            ]
            yield from found
            if not found:
                yield InputError(f"{name}: no file with one of {' '.join(SUFFIXES)}")
        else:
            yield InputError(f"{name}: no such file or folder")


def read_articles(
    name: str,
    *,
    unit: str = "article",
    text_column: str = TEXT_COLUMN,
    id_column: str | None = None,
) -> Iterator[Article | InputError]:
    """The articles of one file; what cannot be read comes as an error in its place.

    Args:
        name: a path, or `-` for standard input.
        unit: `article`, or `sentence`: then each line of a text file is a record of its own.
        text_column, id_column: of JSONL, CSV and TSV. Without an id column `id` is used where
            there is one.
    """
    try:
        data = _bytes(name)
        kind = _kind(Path(name)) or ".txt"
        text, _ = decode(data, name, markup=kind in PAGES or data.lstrip()[:1] == b"<")
        if not text.strip():
            raise InputError(f"{name}: empty")
    except InputError as error:
        yield error
        return
    if kind in TABLES:
        for row in _rows(name, kind, text):
            if isinstance(row, InputError):
                yield row
                continue
            yield _article(name, row, text_column, id_column)
            if kind != ".jsonl" and text_column not in row[1]:
                return  # every row of a table would say the same
    elif unit == "sentence" and kind not in PAGES:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Article(f"{name}:{number}", name, line)
    else:
        yield Article(name, name, text, html=kind in PAGES or is_page(text))


def _kind(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in SUFFIXES else None


def _bytes(name: str) -> bytes:
    try:
        if name == STDIN:
            return sys.stdin.buffer.read()
        data = Path(name).read_bytes()
        return gzip.decompress(data) if name.lower().endswith(".gz") else data
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: {reason}") from error


Row = tuple[int, dict[str, object]]


def _rows(name: str, kind: str, text: str) -> Iterator[Row | InputError]:
    """Numbered rows of a table; the numbers are the file's lines for JSONL, its records else."""
    if kind == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                yield InputError(f"{name}: line {number}: not JSON ({error})")
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                yield InputError(f"{name}: line {number}: not a JSON object")
        return
    csv.field_size_limit(sys.maxsize)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter="\t" if kind == ".tsv" else ","
    )
    try:
        for number, record in enumerate(reader, 1):
            yield number, dict(record)
    except csv.Error as error:
        yield InputError(f"{name}: line {reader.line_num}: {error}")


def _article(name: str, row: Row, text_column: str, id_column: str | None) -> Article | InputError:
    number, record = row
    for column in (text_column, id_column):
        if column is not None and column not in record:
            there = ", ".join(str(key) for key in record)
            return InputError(f"{name}: line {number}: no column {column!r} (there are: {there})")
    text = record[text_column]
    if not isinstance(text, str):
        return InputError(f"{name}: line {number}: column {text_column!r} holds no text")
    ident = record.get(id_column or ID_COLUMN)
    return Article(f"{name}:{number}" if ident is None else str(ident), name, text)
