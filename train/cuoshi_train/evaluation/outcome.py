"""What a model says of labelled sentences.

Each row of the data is one sentence already; it is cleaned like any input but not split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.articles import clean_sentence
from cuoshi.models import Model, Spans, load_model
from cuoshi.reading import Article
from cuoshi_train.dataset import Example, digest, indicator, read_examples

METRIC = Path(__file__).parent / "metrics" / "multilabel"

Matrix = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One model on labelled sentences.

    Attributes:
        model, data, digest: names of both, SHA-256 of the data file.
        labels: in the order of the columns.
        cuts: the model's thresholds, shape (labels,).
        examples: the n rows.
        documents: of each row, the document it is from (itself where that is not known).
        truth, guesses: zeros and ones, shape (n, labels).
        scores: in [0, 1], shape (n, labels).
        evidence: for each row the spans of its guessed labels, in the row's own characters.
    """

    model: str
    data: str
    digest: str
    labels: tuple[str, ...]
    cuts: Floats
    examples: Sequence[Example]
    documents: Sequence[str]
    truth: Matrix
    guesses: Matrix
    scores: Floats
    evidence: Sequence[Mapping[str, Spans]]


def collect(name: str | Path, path: Path, model: Model | None = None) -> Outcome:
    """Score the sentences of a file at the model's thresholds.

    Args:
        name: of the model, or its directory.
        path: JSONL of labelled sentences.
        model: the loaded model, where it is at hand.

    Raises:
        ModelError, InputError: the model or the data cannot be read.
    """
    model = model or load_model(name)
    manifest = model.manifest
    examples = read_examples(path, manifest.measures)
    texts = [clean_sentence(Article("", "", example.text)) for example in examples]
    cuts = np.array([manifest.thresholds[label] for label in manifest.labels])
    scores = model.score([text.string for text in texts])
    guesses = (scores >= cuts).astype(np.int64)
    evidence = [
        {
            label: [text.span(a, b) for a, b in model.evidence(text.string, label)]
            for label, guess in zip(manifest.labels, row, strict=True)
            if guess
        }
        for text, row in zip(texts, guesses, strict=True)
    ]
    return Outcome(
        model=str(name),
        data=str(path),
        digest=digest([path]),
        labels=manifest.labels,
        cuts=cuts,
        examples=examples,
        documents=[_document(example, i) for i, example in enumerate(examples)],
        truth=indicator(examples, manifest.measures),
        guesses=guesses,
        scores=scores,
        evidence=evidence,
    )


def _document(example: Example, place: int) -> str:
    fields = example.fields
    return str(fields.get("doc") or fields.get("article") or fields.get("id") or place)
