"""The tagger: texts in, tagged sentences out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.articles import Sentence, clean_article, clean_sentence
from cuoshi.errors import LabelError
from cuoshi.measures import Measure, check_labels
from cuoshi.metadata import Metadata
from cuoshi.modeldir import DEFAULT
from cuoshi.models import Model, load_model
from cuoshi.models.cascade import Cascade, load_cascade
from cuoshi.reading import Article

Row = npt.NDArray[np.float64]
WINDOW = 512
"""Sentences, or articles, that are scored together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase that speaks for a label.

    Attributes:
        start, end: character offsets in the decoded input.
        text: the phrase, cleaned.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with its measures.

    Attributes:
        index: its place among the article's tagged sentences, from 0.
        text: cleaned.
        start, end: character offsets in the decoded input.
        labels: those whose score reaches the threshold, in the measures' order.
        scores: of every label asked for, in [0, 1].
        evidence: for each label given, the phrases that speak for it, in order.
        dropped: why it would be left out without ``keep_all``, or None.
    """

    index: int
    text: str
    start: int
    end: int
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    evidence: Mapping[str, tuple[Evidence, ...]]
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class TaggedArticle:
    """An article with its sentences.

    Attributes:
        id, path: as it was read.
        metadata: what the page says of it.
        sentences: those that were tagged, in order.
        left_out: how many sentences were not, by reason.
    """

    id: str
    path: str
    metadata: Metadata
    sentences: tuple[TaggedSentence, ...]
    left_out: Mapping[str, int]

    @property
    def counts(self) -> Counter[str]:
        """How many sentences carry each label."""
        return Counter(label for sentence in self.sentences for label in sentence.labels)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A cleaned article whose sentences wait to be scored."""

    article: Article
    metadata: Metadata
    wanted: Sequence[Sentence]
    left_out: Mapping[str, int]


class Tagger:
    """Tags the sentences of articles with measures.

    Args:
        model: a bundled model's name (`default`, `baseline`, `lexicon`), or a model directory.
        thresholds: for labels whose own threshold is to be replaced, a number in [0, 1].
        only: the labels wanted; all where it is empty.
        keep_all: tag also what cleaning leaves out (navigation, teasers, duplicates …).
        cascade: let a cheap model read first, and the model only what may carry a label: faster
            where few sentences do. Labels of a sentence in some hundreds may be missing, and
            scores of sentences that are not sent on are the cheap model's.

    Raises:
        ModelError: the model cannot be loaded, or has no cascade.
        LabelError: a label is unknown, or a threshold out of range.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT,
        *,
        thresholds: Mapping[str, float] | None = None,
        only: Collection[str] = (),
        keep_all: bool = False,
        cascade: bool = False,
    ) -> None:
        self._model: Model = load_cascade(model) if cascade else load_model(model)
        manifest = self._model.manifest
        check_labels([*(thresholds or {}), *only], manifest.measures)
        self._thresholds = {**manifest.thresholds, **(thresholds or {})}
        for label, value in self._thresholds.items():
            if not 0 <= value <= 1:
                raise LabelError(f"threshold {value} of {label!r} is not between 0 and 1")
        if isinstance(self._model, Cascade):
            self._model.check(self._thresholds)
        self._all_labels = manifest.labels
        self._labels = [label for label in manifest.labels if not only or label in only]
        self._keep_all = keep_all

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that are looked for."""
        return tuple(m for m in self._model.manifest.measures if m.id in self._labels)

    @property
    def thresholds(self) -> dict[str, float]:
        """The score from which each of these measures is given."""
        return {label: self._thresholds[label] for label in self._labels}

    def tag(self, text: str) -> TaggedArticle:
        """Tag one article's text; offsets count in ``text``."""
        return self.tag_article(Article("0", "", text))

    def tag_batch(self, texts: Iterable[str]) -> list[TaggedArticle]:
        """Tag several texts; their ids are their places, from `0`."""
        return list(self.tag_articles(Article(str(i), "", text) for i, text in enumerate(texts)))

    def tag_article(self, article: Article, unit: str = "article") -> TaggedArticle:
        """Tag an article as it was read.

        Args:
            article: what `cuoshi.reading.read_articles` gives.
            unit: `sentence` takes the whole article as one sentence, however long.
        """
        return next(self.tag_articles([article], unit))

    def tag_articles(
        self, articles: Iterable[Article], unit: str = "article"
    ) -> Iterator[TaggedArticle]:
        """Tag articles as they come, several together; no more of them are held than that.

        The result of each is what `tag_article` gives: sentences do not influence each other.
        """
        window: list[_Ready] = []
        held = 0
        for article in articles:
            window.append(self._ready(article, unit))
            held += len(window[-1].wanted)
            if held >= WINDOW or len(window) >= WINDOW:
                yield from self._tagged_window(window)
                window, held = [], 0
        yield from self._tagged_window(window)

    def _ready(self, article: Article, unit: str) -> _Ready:
        if unit == "sentence":
            sentences = [Sentence(clean_sentence(article), None)]
            metadata = Metadata()
        else:
            cleaned = clean_article(article)
            metadata = cleaned.metadata
            sentences = list(cleaned.sentences())
        wanted = [s for s in sentences if self._keep_all or s.dropped is None]
        left_out = Counter(s.dropped for s in sentences if s.dropped and not self._keep_all)
        return _Ready(article, metadata, wanted, left_out)

    def _tagged_window(self, window: Sequence[_Ready]) -> Iterator[TaggedArticle]:
        texts = [sentence.text.string for ready in window for sentence in ready.wanted]
        rows = iter(self._model.score(texts))
        for ready in window:
            sentences = tuple(
                self._tagged(index, sentence, next(rows))
                for index, sentence in enumerate(ready.wanted)
            )
            article = ready.article
            yield TaggedArticle(article.id, article.path, ready.metadata, sentences, ready.left_out)

    def _tagged(self, index: int, sentence: Sentence, row: Row) -> TaggedSentence:
        by_label = dict(zip(self._all_labels, row.tolist(), strict=True))
        labels = tuple(x for x in self._labels if by_label[x] >= self._thresholds[x])
        start, end = sentence.text.span(0, len(sentence.text))
        return TaggedSentence(
            index=index,
            text=sentence.text.string,
            start=start,
            end=end,
            labels=labels,
            scores={label: by_label[label] for label in self._labels},
            evidence={label: self._evidence(sentence, label) for label in labels},
            dropped=sentence.dropped,
        )

    def _evidence(self, sentence: Sentence, label: str) -> tuple[Evidence, ...]:
        string = sentence.text.string
        return tuple(
            Evidence(*sentence.text.span(start, end), string[start:end])
            for start, end in self._model.evidence(string, label)
        )
