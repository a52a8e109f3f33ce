"""What a worker does: articles in, sentences out, in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuoshi import __version__, parquet, tables
from cuoshi.errors import CuoshiError, InputError, ModelError
from cuoshi.modeldir import identity
from cuoshi.models.cascade import cascade_identity
from cuoshi.ray.cluster import first_line
from cuoshi.reading import ID_COLUMN, Article
from cuoshi.sentences import SPLITTER_VERSION
from cuoshi.tagger import TaggedArticle, Tagger

ERROR = "error"
"""The column, beside those of Parquet output, that says why an article has no sentences."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a batch holds what an article is made of."""

    text: str
    id: str | None
    html: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that could not be tagged."""

    id: str | None
    reason: str


class Worker:
    """Tags batches of articles in a process of its own."""

    def __init__(
        self,
        wanted: Mapping[str, Any],
        columns: Columns,
        unit: str,
        model: str,
        threads: int,
        options: Mapping[str, Any],
    ) -> None:
        self._columns = columns
        self._unit = unit
        self._error: CuoshiError | None = None
        try:
            _check(wanted, made_by(model, options))
            with _processors(threads):
                self._tagger = Tagger(model, **options)
        except CuoshiError as error:
            # Raised here, Ray would start the worker again, and again; of a batch it is reported.
            self._error = error

    def __call__(self, table: Any) -> Any:
        """The rows of a batch, as a table."""
        if self._error:
            raise self._error
        pyarrow = tables.pyarrow()
        schema = parquet.schema().append(pyarrow.field(ERROR, pyarrow.string()))
        return pyarrow.Table.from_pylist(list(self._rows(table)), schema)

    def _rows(self, table: Any) -> Iterator[dict[str, Any]]:
        read = list(_read(table, self._columns))
        tagged = iter(self._tagged([item for item in read if isinstance(item, Article)]))
        for item in read:
            result = next(tagged) if isinstance(item, Article) else item
            if isinstance(result, Failure):
                yield {"article": result.id, ERROR: result.reason}
                continue
            for sentence in result.sentences:
                row = parquet.row(result, sentence)
                # Null rather than empty: the reader's id was no string.
                yield {**row, "article": row["article"] or None}

    def _tagged(self, articles: Sequence[Article]) -> list[TaggedArticle | Failure]:
        try:
            return list(self._tagger.tag_articles(articles, self._unit))
        except Exception:  # what one text does to the cleaner must not cost its neighbours
            return [self._alone(article) for article in articles]

    def _alone(self, article: Article) -> TaggedArticle | Failure:
        try:
            return self._tagger.tag_article(article, self._unit)
        except Exception as error:
            reason = f"cannot be tagged ({type(error).__name__}: {first_line(error)})"
            return Failure(parquet.valid(article.id) or None, parquet.valid(reason))


def made_by(model: str | Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever must be the same on every machine for the output to be."""
    found = cascade_identity(model) if options.get("cascade") else identity(model)
    return {"cuoshi": __version__, "splitter": SPLITTER_VERSION, "model": found}


def _check(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if found[key] != value:
            raise ModelError(f"a worker has another {key}: {found[key]}, not {value}")


@contextmanager
def _processors(count: int) -> Iterator[None]:
    """Let a model that is loaded meanwhile see so many processors: it takes a thread for each."""
    os.environ["RAYON_NUM_THREADS"] = str(count)  # of the tokenizers
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _read(table: Any, columns: Columns) -> Iterator[Article | Failure]:
    """The articles of a batch, failures in the place of what is none."""
    there = table.column_names
    for column in (columns.text, columns.id, columns.html):
        if column is not None and column not in there:
            raise InputError(f"no column {column!r} (there are: {', '.join(there)})")
    id_column = columns.id or (ID_COLUMN if ID_COLUMN in there else None)
    for row in table.to_pylist():
        ident = _string(row[id_column]) if id_column else None
        text = row[columns.text]
        if not isinstance(text, str | bytes):
            yield Failure(ident, f"column {columns.text!r} holds no text")
            continue
        try:
            text = _string(text)
        except UnicodeDecodeError as error:
            yield Failure(ident, f"column {columns.text!r} is not UTF-8 ({error.reason})")
            continue
        yield Article(ident or "", "", text, html=bool(columns.html and row[columns.html]))


def _string(value: object) -> Any:
    """The value as a string: bytes are UTF-8 in which lone surrogates have survived."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    return None if value is None else str(value)
