"""Articles tagged on more than one processor or machine by Ray Data, with the extra `ray`.

`tag` turns a Ray dataset of articles into one of sentences. `tag_articles` is the same for articles
as they were read: the driver reads the inputs and writes the output, workers only tag, so that no
worker needs to see a file, and what comes out is what one process would have written.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuoshi import __version__, parquet, tables
from cuoshi.errors import CuoshiError, InputError, ModelError
from cuoshi.metadata import Metadata
from cuoshi.modeldir import DEFAULT, bundled, identity
from cuoshi.models.cascade import cascade_identity
from cuoshi.reading import ID_COLUMN, TEXT_COLUMN, Article
from cuoshi.sentences import SPLITTER_VERSION
from cuoshi.tagger import Evidence, TaggedArticle, TaggedSentence, Tagger

BATCH = 32
"""Articles that a worker is sent together."""
LONGEST_RUN = 20_000
"""Articles that the driver hands to Ray at a time; workers are started anew for each run."""
LARGEST_RUN = 1 << 28
"""Bytes of text of such a run: all of it is held in the object store."""
RETRIES = 5
"""How often a batch is tried again whose worker died."""
SETTINGS = {
    "RAY_raylet_start_wait_time_s": "300",  # a busy machine needs longer than Ray's 60
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_LOG_LEVEL": "CRITICAL",
}
"""Standard error is for what could not be tagged: whoever sets these hears more of Ray."""
ERROR = "error"
"""The column, beside those of Parquet output, that says why an article has no sentences."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a batch holds what an article is made of."""

    text: str
    id: str | None
    html: str | None


@dataclass(frozen=True, slots=True)
class _Failure:
    """An article that could not be tagged."""

    id: str | None
    reason: str


def tag(
    dataset: Any,
    *,
    text_column: str = TEXT_COLUMN,
    id_column: str | None = None,
    html_column: str | None = None,
    unit: str = "article",
    model: str | Path = DEFAULT,
    concurrency: int | None = None,
    threads: int = 1,
    batch_size: int | None = BATCH,
    **options: Any,
) -> Any:
    """A dataset with a row for every sentence of the articles in ``dataset``.

    The rows have the fields of Parquet output and ``error``. An article that cannot be tagged is
    one row with its ``article`` and ``error``, all else null; the others have no error. They come
    in the articles' order where the dataset's ``execution_options.preserve_order`` is set.

    Args:
        dataset: a ``ray.data.Dataset``.
        text_column: strings, or bytes that are UTF-8.
        id_column: without it `id` where there is one; without that ``article`` is null.
        html_column: whether the text is an HTML page; without it none is.
        unit: `sentence` takes each text as one sentence.
        model: a bundled model's name, or a model directory that lies on every machine.
        concurrency: workers, each with the model loaded once; all processors where it is None.
        threads: processors of each worker.
        batch_size: articles that a worker takes at a time; None for a whole block.
        options: other arguments of `Tagger`.

    Raises:
        ModelError: the model is not there.
        CuoshiError: the extra is not installed.
    """
    ray = library()
    model = model if str(model) in {DEFAULT, *bundled()} else Path(model).resolve()
    most = concurrency or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return dataset.map_batches(
            _Worker,
            fn_constructor_kwargs={
                "made_by": _made_by(model, options),
                "columns": _Columns(text_column, id_column, html_column),
                "unit": unit,
                "model": str(model),
                "threads": threads,
                "options": options,
            },
            batch_format="pyarrow",
            batch_size=batch_size,
            # One is enough to begin: the dataset's own reading may need the other processors.
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
            num_cpus=threads,
            **_retries(dataset.map_batches),
        )


def _retries(method: Callable[..., Any]) -> dict[str, int]:
    """How often at most, where Ray takes it: it warns that from 2.64 on it may not.

    Dead workers are started again without this; but what kills must not go round forever.
    """
    kinds = {parameter.kind for parameter in inspect.signature(method).parameters.values()}
    return {"max_task_retries": RETRIES} if inspect.Parameter.VAR_KEYWORD in kinds else {}


def tag_articles(
    articles: Iterable[Article], unit: str = "article", **options: Any
) -> Iterator[TaggedArticle | InputError]:
    """Tag articles on the cluster; they come in order, without what a page says of itself.

    An article without sentences does not come back: there is nothing to write of it.

    Args:
        articles: read here, by the driver.
        unit: as for `Tagger.tag_articles`.
        options: as for `tag`.

    Raises:
        CuoshiError: the cluster gave up, or the workers have another version or model.
    """
    ray = library()
    for run in _runs(articles):
        dataset = ray.data.from_arrow(run)
        dataset.context.execution_options.preserve_order = True
        dataset.context.raise_original_map_exception = True
        tagged = tag(dataset, id_column="id", html_column="html", unit=unit, batch_size=None,
                     **options)  # fmt: skip
        try:
            for table in tagged.iter_batches(batch_size=None, batch_format="pyarrow"):
                yield from _articles(table.to_pylist())
        except ray.exceptions.RayError as error:
            raise _said(error) from None


@contextmanager
def cluster(address: str | None = None) -> Iterator[None]:
    """A connection to Ray; one that is there already is used, and left as it is.

    Args:
        address: of a cluster (`auto`: the one this machine is part of); without it one is started
            here, with a worker for each processor, and ended afterwards.

    Raises:
        CuoshiError: there is no cluster, or the extra is not installed.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    ray = library()
    if ray.is_initialized():
        yield
        return
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    if address:
        _reach(address)
    local = {} if address else {"include_dashboard": False}
    try:
        with _silent():
            ray.init(
                address or "local", log_to_driver=False, logging_level=logging.CRITICAL, **local
            )
    except Exception as error:  # Ray raises many kinds, a bare one among them
        raise CuoshiError(f"ray: no cluster at {address or 'local'} ({_line(error)})") from error
    try:
        yield
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Try the port first: Ray itself goes on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), 10).close()
        except (OSError, OverflowError) as error:
            raise CuoshiError(f"ray: no cluster at {address} ({error})") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Without what Ray's C++ writes to standard error, even that it is to write nothing."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def library() -> Any:
    """The package, or a line that says how to get it."""
    try:
        ray = importlib.import_module("ray")
        importlib.import_module("ray.data")
    except ImportError as error:
        raise CuoshiError("ray is missing: pip install 'cuoshi[ray]'") from error
    return ray


class _Worker:
    """Tags batches of articles in a process of its own."""

    def __init__(
        self,
        made_by: Mapping[str, Any],
        columns: _Columns,
        unit: str,
        model: str,
        threads: int,
        options: Mapping[str, Any],
    ) -> None:
        self._columns = columns
        self._unit = unit
        self._error: CuoshiError | None = None
        try:
            _check(made_by, _made_by(model, options))
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
            if isinstance(result, _Failure):
                yield {"article": result.id, ERROR: result.reason}
                continue
            for sentence in result.sentences:
                row = parquet.row(result, sentence)
                # Null rather than empty: the reader's id was no string.
                yield {**row, "article": row["article"] or None}

    def _tagged(self, articles: Sequence[Article]) -> list[TaggedArticle | _Failure]:
        try:
            return list(self._tagger.tag_articles(articles, self._unit))
        except Exception:  # what one text does to the cleaner must not cost its neighbours
            return [self._alone(article) for article in articles]

    def _alone(self, article: Article) -> TaggedArticle | _Failure:
        try:
            return self._tagger.tag_article(article, self._unit)
        except Exception as error:
            reason = f"cannot be tagged ({type(error).__name__}: {_line(error)})"
            return _Failure(parquet.valid(article.id) or None, parquet.valid(reason))


def _made_by(model: str | Path, options: Mapping[str, Any]) -> dict[str, Any]:
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


def _read(table: Any, columns: _Columns) -> Iterator[Article | _Failure]:
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
            yield _Failure(ident, f"column {columns.text!r} holds no text")
            continue
        try:
            text = _string(text)
        except UnicodeDecodeError as error:
            yield _Failure(ident, f"column {columns.text!r} is not UTF-8 ({error.reason})")
            continue
        yield Article(ident or "", "", text, html=bool(columns.html and row[columns.html]))


def _string(value: object) -> Any:
    """The value as a string: bytes are UTF-8 in which lone surrogates have survived."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    return None if value is None else str(value)


def _runs(articles: Iterable[Article]) -> Iterator[list[Any]]:
    """The articles in tables of `BATCH`, and these in runs that the object store can hold."""
    run: list[Any] = []
    batch: list[Article] = []
    count = size = 0
    for article in articles:
        batch.append(article)
        count += 1
        size += len(article.text) * 3
        full = count >= LONGEST_RUN or size >= LARGEST_RUN
        if full or len(batch) == BATCH:
            run.append(_table(batch))
            batch = []
        if full:
            yield run
            run, count, size = [], 0, 0
    if batch:
        run.append(_table(batch))
    if run:
        yield run


def _table(articles: Sequence[Article]) -> Any:
    # As bytes: a string of Arrow cannot hold the lone surrogates that a JSON escape can.
    return tables.pyarrow().table(
        {
            "id": [a.id.encode("utf-8", "surrogatepass") for a in articles],
            "text": [a.text.encode("utf-8", "surrogatepass") for a in articles],
            "html": [a.html for a in articles],
        }
    )


def _articles(rows: Sequence[Mapping[str, Any]]) -> Iterator[TaggedArticle | InputError]:
    """The articles of rows; one's first sentence has the index 0."""
    ident, sentences = "", list[TaggedSentence]()
    for row in [*rows, None]:
        if sentences and (row is None or row[ERROR] is not None or row["index"] == 0):
            yield TaggedArticle(ident, "", Metadata(), tuple(sentences), {})
            sentences = []
        if row is None:
            continue
        ident = row["article"] or ""
        if row[ERROR] is None:
            sentences.append(_sentence(row))
        else:
            yield InputError(f"{ident}: {row[ERROR]}")


def _sentence(row: Mapping[str, Any]) -> TaggedSentence:
    return TaggedSentence(
        index=row["index"],
        text=row["text"],
        start=row["start"],
        end=row["end"],
        labels=tuple(row["labels"]),
        scores=dict(row["scores"]),
        evidence={
            label: tuple(Evidence(**phrase) for phrase in phrases)
            for label, phrases in row["evidence"]
        },
        dropped=row["dropped"],
    )


def _said(error: BaseException) -> CuoshiError:
    """What a worker said on purpose, or that the cluster gave up."""
    if inner := getattr(error, "cause", None):
        return _said(inner)
    if isinstance(error, CuoshiError):
        return type(error)(_line(error))  # Ray adds advice in further lines
    return CuoshiError(f"ray: {_line(error)}")


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
