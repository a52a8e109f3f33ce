"""How fast cleaning and splitting are, and what share of tagging: ``cuoshi measure speed``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cuoshi.articles import CleanArticle, clean_article
from cuoshi.reading import Article, find_inputs, read_articles
from cuoshi.tagger import Tagger


def report(inputs: Sequence[str], model: str, repeat: int) -> str:
    """Time the stages on all articles of the inputs, the best of ``repeat`` rounds of each."""
    articles = [
        article
        for name in find_inputs(inputs)
        if isinstance(name, str)
        for article in read_articles(name)
        if isinstance(article, Article)
    ]
    size = sum(len(article.text.encode("utf-8", "replace")) for article in articles) / 1e6
    tagger = Tagger(model)
    cleaned: list[CleanArticle] = []

    def cleaning() -> None:
        cleaned[:] = map(clean_article, articles)

    def splitting() -> None:
        for article in cleaned:
            list(article.sentences())

    def whole() -> None:
        for article in articles:
            tagger.tag_article(article)

    times = {stage.__name__: _best(stage, repeat) for stage in (cleaning, splitting, whole)}
    share = (times["cleaning"] + times["splitting"]) / times["whole"]
    lines = [f"{len(articles)} articles, {size:.3f} MB of UTF-8, model {model}"]
    lines += [f"{name:>10}: {size / taken:8.2f} MB/s" for name, taken in times.items()]
    lines.append(f"cleaning and splitting: {share:.0%} of the whole")
    return "\n".join(lines)


def _best(stage: Callable[[], None], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        stage()
        times.append(time.perf_counter() - start)
    return min(times)
