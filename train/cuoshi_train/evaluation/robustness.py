"""Macro-F1 on real sentences that were made noisy again, with and without the cleaner."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from cuoshi.articles import clean_article
from cuoshi.models import Model, load_model
from cuoshi.reading import Article
from cuoshi_train.dataset import Example, indicator, read_examples
from cuoshi_train.evaluation.corruption import AROUND, EVERYTHING, KINDS, corrupted
from cuoshi_train.evaluation.outcome import Matrix

SEED = 20221226
CLEAN = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """Macro-F1 under one kind of noise.

    Attributes:
        noise: its name.
        cleaned: with the cleaner; a sentence that comes out in pieces has the labels of all.
        raw: the noisy text given to the model as it is.
    """

    noise: str
    cleaned: float
    raw: float


def robustness(name: str, path: Path, sample: int = 0, seed: int = SEED) -> list[Row]:
    """A row for clean text, for each kind of noise, and for all kinds together.

    Args:
        name: of the model.
        path: labelled clean sentences.
        sample: take so many of them at random; all where it is 0.
        seed: of sample and noise.

    Raises:
        ModelError, InputError: the model or the data cannot be read.
    """
    model = load_model(name)
    examples = drawn(read_examples(path, model.manifest.measures), sample, seed)
    cleaned = under_noise(model, examples, seed)
    raw = under_noise(model, examples, seed, cleaner=False)
    return [Row(noise, cleaned[noise], raw[noise]) for noise in cleaned]


def under_noise(
    model: Model, examples: Sequence[Example], seed: int = SEED, *, cleaner: bool = True
) -> dict[str, float]:
    """Macro-F1 for clean text, for each kind of noise, and for all kinds together."""
    truth = indicator(examples, model.manifest.measures)
    found = {}
    for noise in (CLEAN, *KINDS, *AROUND, EVERYTHING):
        kinds = [*KINDS, *AROUND] if noise == EVERYTHING else [noise]
        texts = [corrupted(example.text, kinds, seed) for example in examples]
        guesses = _tags(model, [_clean(text) if cleaner else [text] for text in texts])
        found[noise] = float(f1_score(truth, guesses, average="macro", zero_division=0))
    return found


def drawn(examples: Sequence[Example], sample: int, seed: int = SEED) -> Sequence[Example]:
    """So many of them at random; all where it is 0, or more than there are."""
    if 0 < sample < len(examples):
        return random.Random(seed).sample(examples, sample)
    return examples


def _clean(text: str) -> list[str]:
    sentences = clean_article(Article("", "", text)).sentences()
    return [sentence.text.string for sentence in sentences if sentence.dropped is None]


def _tags(model: Model, pieces: Sequence[Sequence[str]]) -> Matrix:
    cuts = np.array([model.manifest.thresholds[label] for label in model.manifest.labels])
    flat = [text for texts in pieces for text in texts]
    hits = (model.score(flat) >= cuts).astype(np.int64)
    found = np.zeros((len(pieces), len(cuts)), dtype=np.int64)
    owners = [i for i, texts in enumerate(pieces) for _ in texts]
    np.maximum.at(found, owners, hits)
    return found
