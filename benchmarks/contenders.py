"""cuoshi's own models as contenders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.rates import Contender, Run, SkippedError
from cuoshi.errors import ModelError
from cuoshi.modeldir import DEFAULT, find, load_manifest
from cuoshi.models import Model, load_model
from cuoshi.models.bert import BertModel
from cuoshi.models.cascade import Cascade, first_stage
from cuoshi.tagger import WINDOW

BASE = "cuoshi default, no cache"


@dataclass(frozen=True, slots=True)
class _Default:
    """The default model, made for a number of threads.

    Attributes:
        model: its name or directory.
        cached, cascade: whether it remembers sentences, and whether a cheap model reads first.
    """

    model: str
    cached: bool
    cascade: bool

    def __call__(self, threads: int) -> Run:
        bert = bert_model(self.model, threads)
        model: Model = bert
        if self.cascade:
            try:
                first, cut = first_stage(self.model)
            except ModelError as error:
                raise SkippedError(str(error)) from error
            model = Cascade(load_model(first), bert, cut)

        def run(sentences: Sequence[str]) -> None:
            bert.forget()
            for group in [sentences] if self.cached else distinct(sentences):
                for at in range(0, len(group), WINDOW):
                    model.score(group[at : at + WINDOW])
                    if not self.cached:
                        bert.forget()

        return run


def cuoshi_contenders(model: str = DEFAULT) -> list[Contender]:
    """The BERT with and without cache and cascade, TF-IDF and the lexicon."""
    return [
        Contender(BASE, _Default(model, cached=False, cascade=False)),
        Contender("cuoshi default, cache", _Default(model, cached=True, cascade=False)),
        Contender("cuoshi default, cascade, no cache", _Default(model, False, True)),
        Contender("cuoshi default, cascade, cache", _Default(model, True, True)),
        Contender("TF-IDF baseline", lambda _: load_model("baseline").score, threaded=False),
        Contender("lexicon", lambda _: load_model("lexicon").score, threaded=False),
    ]


def bert_model(name: str, threads: int) -> BertModel:
    """A BERT that runs so many sentences side by side.

    Raises:
        SkippedError: the model is of another kind.
    """
    directory = find(name)
    manifest = load_manifest(directory)
    if manifest.kind != "bert":
        raise SkippedError(f"{name} is no BERT")
    return BertModel.load(directory, manifest, threads)


def distinct(sentences: Sequence[str]) -> list[list[str]]:
    """The sentences in groups without repeats: first occurrences, second ones, and so on."""
    groups: list[list[str]] = []
    seen: Counter[str] = Counter()
    for sentence in sentences:
        if seen[sentence] == len(groups):
            groups.append([])
        groups[seen[sentence]].append(sentence)
        seen[sentence] += 1
    return groups
