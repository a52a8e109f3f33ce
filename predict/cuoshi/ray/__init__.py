"""Articles tagged on more than one processor or machine by Ray Data, with the extra `ray`.

`tag` turns a Ray dataset of articles into one of sentences. `tag_articles` is the same for articles
as they were read: the driver reads the inputs and writes the output, workers only tag, so that no
worker needs to see a file, and what comes out is what one process would have written.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cuoshi import tables
from cuoshi.errors import CuoshiError, InputError
from cuoshi.metadata import Metadata
from cuoshi.modeldir import DEFAULT, bundled
from cuoshi.ray.cluster import cluster, first_line, library
from cuoshi.ray.workers import ERROR, Columns, Worker, made_by
from cuoshi.reading import TEXT_COLUMN, Article
from cuoshi.tagger import Evidence, TaggedArticle, TaggedSentence

__all__ = ["cluster", "tag", "tag_articles"]

BATCH = 32
"""Articles that a worker is sent together."""
LONGEST_RUN = 20_000
"""Articles that the driver hands to Ray at a time; workers are started anew for each run."""
LARGEST_RUN = 1 << 28
"""Bytes of text of such a run: all of it is held in the object store."""
RETRIES = 5
"""How often a batch is tried again whose worker died."""


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
            Worker,
            fn_constructor_kwargs={
                "wanted": made_by(model, options),
                "columns": Columns(text_column, id_column, html_column),
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
        return type(error)(first_line(error))  # Ray adds advice in further lines
    return CuoshiError(f"ray: {first_line(error)}")
