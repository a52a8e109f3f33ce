"""`python -m benchmarks.memory CORPUS.jsonl.gz`: does memory stay as the archive grows?

A corpus of articles is repeated to so many sentences and tagged in shards by `cuoshi predict`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.machine import digest, machine, versions
from benchmarks.process import predict, run
from cuoshi.articles import clean_article
from cuoshi.errors import CuoshiError, InputError
from cuoshi.modeldir import DEFAULT
from cuoshi.reading import Article, read_articles
from cuoshi.shards import MANIFEST


def main(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="Articles, JSONL or .gz.")],
    sentences: Annotated[
        list[int] | None, typer.Option(min=1, help="Sizes; repeatable, or several after it.")
    ] = None,
    more: Annotated[list[int] | None, typer.Argument(hidden=True)] = None,
    model: Annotated[str, typer.Option(help="A bundled model or a model directory.")] = DEFAULT,
    shards: Annotated[int, typer.Option(min=1, help="Articles in a shard.")] = 1000,
    cascade: Annotated[bool, typer.Option("--cascade", help="As of `cuoshi predict`.")] = False,
) -> None:
    """Time, sentences a second and peak memory of `cuoshi predict --shards`, for each size."""
    sizes = sorted([*(sentences or []), *(more or [])]) or [10_000, 100_000, 1_000_000]
    print("| sentences | s | sentences/s | peak MB |\n| ---: | ---: | ---: | ---: |")
    articles = Repeated(corpus)
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            source, out = Path(folder) / f"{size}.jsonl", Path(folder) / str(size)
            articles.write(source, size)
            print(f"{size}: {source.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
            options = ["--shards", str(shards), "--model", model, *["--cascade"][: int(cascade)]]
            done = run(predict(str(source), "-o", str(out), *options))
            shard_list = json.loads((out / MANIFEST).read_text("utf-8"))["shards"]
            tagged = sum(shard["sentences"] for shard in shard_list)
            print(
                f"| {tagged:,} | {done.seconds:,.1f} | {tagged / done.seconds:,.0f} "
                f"| {done.peak / 1e6:,.0f} |",
                flush=True,
            )
            source.unlink()
    print(f"\n{model}; {machine()}; {versions()}; {corpus}, SHA-256 {digest(corpus)}")


class Repeated:
    """A corpus over and over; its sentences are counted only as far as they are needed.

    Args:
        corpus: articles, JSONL or .gz of it.
    """

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._counts: list[int] = []

    def write(self, path: Path, sentences: int) -> None:
        """Write articles until they hold at least so many sentences.

        Raises:
            InputError: the corpus cannot be read, or has no sentences.
        """
        held = 0
        with path.open("w", encoding="utf-8") as out:
            for number, (count, text) in enumerate(self._forever()):
                out.write(json.dumps({"id": str(number), "text": text}) + "\n")
                held += count
                if held >= sentences:
                    return

    def _forever(self) -> Iterator[tuple[int, str]]:
        while True:
            for place, article in enumerate(read_articles(str(self._corpus))):
                if isinstance(article, InputError):
                    raise article
                yield self._count(place, article), article.text
            if not any(self._counts):
                raise InputError(f"{self._corpus}: no sentences")

    def _count(self, place: int, article: Article) -> int:
        if place == len(self._counts):
            kept = [s for s in clean_article(article).sentences() if s.dropped is None]
            self._counts.append(len(kept))
        return self._counts[place]


if __name__ == "__main__":
    try:
        typer.run(main)
    except CuoshiError as error:
        sys.exit(f"error: {error}")
