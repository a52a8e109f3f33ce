"""Tags as Parquet files, where the extra `parquet` is installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cuoshi import tables
from cuoshi.errors import OutputError
from cuoshi.tagger import TaggedArticle
from cuoshi.writing import record

GROUP = 10_000
"""Rows of a row group."""


def write(path: Path, articles: Iterable[TaggedArticle]) -> int:
    """Write a row for every sentence, the file whole or not at all; how many.

    Raises:
        OutputError: it cannot be written there.
        CuoshiError: the extra is not installed.
    """
    pyarrow = tables.pyarrow()
    span = pyarrow.struct(
        [("start", pyarrow.int64()), ("end", pyarrow.int64()), ("text", pyarrow.string())]
    )
    schema = pyarrow.schema(
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
    part = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with pyarrow.parquet.ParquetWriter(part, schema) as out:
            for group in _groups(articles):
                out.write_table(pyarrow.Table.from_pylist(group, schema))
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
            row = record(article, sentence)
            row["text"] = row["text"].encode("utf-8", "replace").decode("utf-8")
            row["scores"] = list(row["scores"].items())
            row["evidence"] = list(row["evidence"].items())
            group.append(row)
            if len(group) == GROUP:
                yield group
                group = []
    if group:
        yield group
