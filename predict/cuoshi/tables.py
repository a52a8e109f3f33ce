"""Rows of JSONL, CSV, TSV and Parquet files, read as they are needed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from cuoshi.decoding import decode
from cuoshi.errors import CuoshiError, InputError

TABLES = (".jsonl", ".csv", ".tsv", ".parquet")
STDIN = "-"
SAMPLE = 1 << 20
"""Bytes by which the encoding of a table is told."""
LONGEST = 1 << 26
"""Characters of a line, or of a field, that are read; longer ones are an error."""

COLUMNS = 10_000
"""Columns of a table."""

Row = tuple[int, dict[str, object]]
Watch = Callable[[BinaryIO], None]


def opened(name: str, watch: Watch | None = None) -> BinaryIO:
    """The bytes of a file, of standard input for `-`, or of what a `.gz` file holds.

    Args:
        name: a path, or `-`.
        watch: is given the file as it lies on disk, whose position tells how far reading is.
    """
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("-: standard input is closed")
        return sys.stdin.buffer
    file = Path(name).open("rb")  # noqa: SIM115  # the caller closes it
    if watch is not None:
        watch(file)
    if name.lower().endswith(".gz"):
        return _Unzipped(file)  # type: ignore[return-value]
    return file


class _Unzipped(gzip.GzipFile):
    """Closes the file on disk with it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file)
        self._below = file

    def close(self) -> None:
        super().close()
        self._below.close()


def rows(name: str, kind: str, watch: Watch | None = None) -> Iterator[Row | InputError]:
    """Numbered rows of a table; what cannot be read comes as an error in its place.

    The numbers are the file's lines for JSONL and records for the others.

    Args:
        name: a path, or `-`.
        kind: one of `TABLES`.
        watch: see `opened`.
    """
    try:
        if kind == ".parquet":
            yield from enumerate(_parquet(name, watch), 1)
            return
        with opened(name, watch) as file:
            text = _text(file, name)
            yield from _jsonl(text, name) if kind == ".jsonl" else _csv(text, name, kind)
    except InputError as error:
        yield error
    except (OSError, EOFError, zlib.error) as error:
        yield InputError(f"{name}: {getattr(error, 'strerror', None) or error}")


def _text(file: BinaryIO, name: str) -> TextIO:
    """The file as text, in the encoding of its beginning; later broken places are U+FFFD."""
    sample = file.read(SAMPLE)
    if not sample.strip():
        raise InputError(f"{name}: empty")
    whole = len(sample) < SAMPLE
    _, encoding = decode(sample if whole else sample[: sample.rfind(b"\n") + 1] or sample, name)
    joined = io.BufferedReader(_Joined(sample, file))  # type: ignore[type-var]
    return io.TextIOWrapper(joined, encoding, errors="replace", newline="\n")


class _Joined(io.RawIOBase):
    """A file whose beginning was already read."""

    def __init__(self, begun: bytes, rest: BinaryIO) -> None:
        self._begun = io.BytesIO(begun)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._begun.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _jsonl(text: TextIO, name: str) -> Iterator[Row | InputError]:
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            yield InputError(f"{name}: line {number}: longer than {LONGEST} characters")
            while (rest := text.readline(LONGEST)) and not rest.endswith("\n"):
                pass
            continue
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield InputError(f"{name}: line {number}: not JSON ({error})")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield InputError(f"{name}: line {number}: not a JSON object")


def _csv(text: TextIO, name: str, kind: str) -> Iterator[Row | InputError]:
    csv.field_size_limit(LONGEST)
    reader = csv.DictReader(_lines(text, name), delimiter="\t" if kind == ".tsv" else ",")
    try:
        if len(reader.fieldnames or ()) > COLUMNS:
            raise InputError(f"{name}: line 1: more than {COLUMNS} columns")
        for number, record in enumerate(reader, 1):
            yield number, dict(record)
    except csv.Error as error:
        yield InputError(f"{name}: line {reader.line_num}: {error}")


def _lines(text: TextIO, name: str) -> Iterator[str]:
    """The lines, none of which fills the memory."""
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            raise InputError(f"{name}: line {number}: longer than {LONGEST} characters")
        yield line


def _parquet(name: str, watch: Watch | None) -> Iterator[dict[str, object]]:
    arrow = pyarrow()
    try:
        with opened(name, watch) as file, arrow.parquet.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (OSError, ValueError, OverflowError, MemoryError, arrow.ArrowException) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{name}: no Parquet file ({reason})") from error


def pyarrow() -> Any:
    """The package, or a line that says how to get it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise CuoshiError(f"{error.name} is missing: pip install 'cuoshi[parquet]'") from error
    return pyarrow
