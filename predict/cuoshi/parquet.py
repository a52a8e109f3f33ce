"""Tags as Parquet files, where the extra `parquet` is installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cuoshi import tables
from cuoshi.errors import OutputError
from cuoshi.tagger import TaggedArticle, TaggedSentence
from cuoshi.writing import record

GROUP = 10_000
"""Rows of a row group."""


def schema() -> Any:
    """The columns of a row for every sentence.

    Raises:
        CuoshiError: the extra is not installed.
    """
    pyarrow = tables.pyarrow()
    span = pyarrow.struct(
        [("start", pyarrow.int64()), ("end", pyarrow.int64()), ("text", pyarrow.string())]
    )
    return pyarrow.schema(
        [
            ("article", pyarrow.string()),
            ("index", pyarrow.int64()),
            ("text", pyarrow.string()),
            ("start", pyarrow.int64()),
            ("end", pyarrow.int64()),
            ("labels", pyarrow.list_(pyarrow.string())),
            ("scores", pyarrow.map_(pyarrow.string(), pyarrow.float64())),
            ("evidence", pyarrow.map_(pyarrow.string(), pyarrow.list_(span))),
            ("dropped", pyarrow.string()),
        ]
    )


def row(article: TaggedArticle, sentence: TaggedSentence) -> dict[str, Any]:
    """The record of a sentence as these columns take it: maps are pairs, strings are Unicode."""
    found = record(article, sentence)
    found["article"], found["text"] = valid(found["article"]), valid(found["text"])
    found["scores"] = list(found["scores"].items())
    found["evidence"] = [
        (label, [{**phrase, "text": valid(phrase["text"])} for phrase in phrases])
        for label, phrases in found["evidence"].items()
    ]
    return found


def valid(text: str) -> str:
    """The text with `?` for each lone surrogate, as the other writers put it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write(path: Path, articles: Iterable[TaggedArticle]) -> int:
    """Write a row for every sentence, the file whole or not at all; how many.

    Raises:
        OutputError: it cannot be written there.
        CuoshiError: the extra is not installed.
    """
    pyarrow = tables.pyarrow()
    form = schema()
    if path.exists() and not path.is_file():  # a device would be replaced
        raise OutputError(f"{path}: not a file")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with pyarrow.parquet.ParquetWriter(part, form) as out:
            for group in _groups(articles):
                out.write_table(pyarrow.Table.from_pylist(group, form))
                count += len(group)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _groups(articles: Iterable[TaggedArticle]) -> Iterator[list[dict[str, Any]]]:
    group = []
    for article in articles:
        for sentence in article.sentences:
            group.append(row(article, sentence))
            if len(group) == GROUP:
                yield group
                group = []
    if group:
        yield group
