"""Inputs: files, folders and standard input, as articles."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cuoshi.decoding import decode
from cuoshi.errors import InputError, shown
from cuoshi.markup import is_page
from cuoshi.tables import STDIN, TABLES, Row, Watch, opened, rows

TEXTS = (".txt", ".md")
PAGES = (".html", ".htm")
SUFFIXES = TEXTS + PAGES + TABLES
TEXT_COLUMN = "text"
ID_COLUMN = "id"
LARGEST = 1 << 28
"""Bytes of a page; tables are read row by row and may be larger."""
NAMED = 20
"""Columns that an error names."""


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
        if name == STDIN or _there(path.is_file):
            yield name
        elif _there(path.is_dir):
            yield from _inside(path)
        elif _there(path.exists):  # a pipe would block, a device never end
            yield InputError(f"{shown(name)}: neither a file nor a folder")
        else:
            yield InputError(f"{shown(name)}: no such file or folder")


def _inside(folder: Path) -> Iterator[str | InputError]:
    """The inputs in a folder and its folders; links to folders are not followed, nor loops."""
    try:
        files = sorted(folder.rglob("*"))
    except OSError as error:  # a folder that went while it was read
        yield InputError(f"{shown(str(folder))}: {error.strerror}")
        return
    found = [str(file) for file in files if _kind(file) and _there(file.is_file)]
    yield from found
    if not found:
        yield InputError(f"{shown(str(folder))}: no file with one of {' '.join(SUFFIXES)}")


def _there(asked: Callable[[], bool]) -> bool:
    """The answer of the file system; a name that it cannot hold is not there."""
    try:
        return asked()
    except OSError:
        return False


def read_articles(
    name: str,
    *,
    unit: str = "article",
    text_column: str = TEXT_COLUMN,
    id_column: str | None = None,
    watch: Watch | None = None,
) -> Iterator[Article | InputError]:
    """The articles of one file; what cannot be read comes as an error in its place.

    Args:
        name: a path, or `-` for standard input.
        unit: `article`, or `sentence`: then each line of a text file is a record of its own.
        text_column, id_column: of JSONL, CSV and TSV. Without an id column `id` is used where
            there is one.
        watch: is given each file as it is opened, to see how far reading is.
    """
    kind = _kind(Path(name)) or ".txt"
    if kind in TABLES:
        for row in rows(name, kind, watch):
            if isinstance(row, InputError):
                yield row
                continue
            yield _article(name, row, text_column, id_column)
            if kind != ".jsonl" and text_column not in row[1]:
                return  # every row of a table would say the same
        return
    try:
        data = _bytes(name)
        text, _ = decode(data, name, markup=kind in PAGES or data.lstrip()[:1] == b"<")
        if not text.strip():
            raise InputError(f"{name}: empty")
    except InputError as error:
        yield error
        return
    if unit == "sentence" and kind not in PAGES:
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
        with opened(name) as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: {reason}") from error
    if len(data) > LARGEST:
        raise InputError(f"{name}: more than {LARGEST >> 20} MB in one article")
    return data


def _article(name: str, row: Row, text_column: str, id_column: str | None) -> Article | InputError:
    number, record = row
    for column in (text_column, id_column):
        if column is not None and column not in record:
            there = ", ".join(shown(str(key)) for key in islice(record, NAMED))
            more = ", …" if len(record) > NAMED else ""
            return InputError(
                f"{name}: line {number}: no column {column!r} (there are: {there}{more})"
            )
    text = record[text_column]
    if not isinstance(text, str):
        return InputError(f"{name}: line {number}: column {text_column!r} holds no text")
    ident = record.get(id_column or ID_COLUMN)
    if ident is None:
        return Article(f"{name}:{number}", name, text)
    try:
        return Article(str(ident), name, text)
    except (RecursionError, ValueError):  # a list too deep, a number too long to be written
        return InputError(f"{name}: line {number}: column {id_column or ID_COLUMN!r} is no id")
