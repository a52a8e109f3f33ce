"""The cut of a cascade: how many sentences can stop at the first stage: ``cuoshi train cascade``.

A sentence that stops has no label. So labels change only where the model alone would have given
one, and agreement falls as the cut rises.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.articles import clean_article, clean_sentence
from cuoshi.errors import ConfigError, CuoshiError, InputError, ModelError
from cuoshi.modeldir import bundled, find, load_manifest, save_manifest
from cuoshi.models import load_model
from cuoshi.models.cascade import OPTION, first_stage
from cuoshi.reading import Article, read_articles
from cuoshi_train.common import texts
from cuoshi_train.config import read_config

SEED = 20221226
STEPS = 10_000
"""Cuts are rounded down to one of so many."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CascadeConfig:
    """`configs/cascade.toml`: sentences that are read, and the share that keeps its labels."""

    sentences: int
    agreement: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a cascade does to sentences.

    Attributes:
        sentences: how many were read.
        stopped: those that were not sent on.
        changed: those among them that the model alone would have given a label.
        labelled: those that the model alone gives a label.
    """

    sentences: int
    stopped: int
    changed: int
    labelled: int

    def __str__(self) -> str:
        agreed = 1 - self.changed / self.sentences
        return (
            f"{self.sentences} sentences, {self.labelled} with a label: "
            f"{self.stopped / self.sentences:.1%} stop at the first stage, "
            f"labels agree on {agreed:.3%} ({self.changed} differ)"
        )


def choose(highest: Floats, labelled: Flags, agreement: float) -> float:
    """The largest cut with which at least so many sentences keep their labels.

    Args:
        highest: of each sentence's first scores.
        labelled: whether the model alone gives it a label.
        agreement: share of sentences, under 1.

    Raises:
        CuoshiError: too few sentences have a label: any cut would do.
    """
    # The 1e-9 is for 1 - 0.999, which is a little less than a thousandth.
    allowed = math.floor((1 - agreement) * len(highest) + 1e-9)
    tops = np.sort(highest[labelled])
    if len(tops) <= allowed:
        raise CuoshiError(f"{len(tops)} sentences with a label: too few to choose a cut by")
    return math.floor(float(tops[allowed]) * STEPS) / STEPS


def effect(highest: Floats, labelled: Flags, cut: float) -> Effect:
    """What a cut does to the sentences."""
    stopped = highest < cut
    changed = stopped & labelled
    return Effect(len(highest), int(stopped.sum()), int(changed.sum()), int(labelled.sum()))


def read(first: str, model: str | Path, sentences: Sequence[str]) -> tuple[Floats, Flags]:
    """The highest first score of each sentence, and whether the model gives it a label.

    Raises:
        ModelError: one of them cannot be loaded.
    """
    whole = load_model(model)
    cuts = np.array([whole.manifest.thresholds[label] for label in whole.manifest.labels])
    labelled: Flags = np.any(whole.score(sentences) >= cuts, axis=1)
    highest: Floats = np.max(load_model(first).score(sentences), axis=1)
    return highest, labelled


def fit(model: str, first: str, sentences: Sequence[str], agreement: float) -> tuple[float, Effect]:
    """Choose the cut on the sentences and write it into the model's `model.json`.

    The first stage is written there by its name if it is bundled, else by its path from the model.

    Raises:
        CuoshiError: too few sentences have a label, or a model cannot be loaded.
    """
    highest, labelled = read(first, model, sentences)
    cut = choose(highest, labelled, agreement)
    directory, at = find(model), find(first).resolve()
    names = {path.resolve(): name for name, path in bundled().items()}
    name = names.get(at) or Path(os.path.relpath(at, directory.resolve())).as_posix()
    manifest = load_manifest(directory)
    options = {**manifest.options, OPTION: {"model": name, "cut": cut}}
    save_manifest(directory, replace(manifest, options=options))
    return cut, effect(highest, labelled, cut)


def read_cascade(path: Path) -> CascadeConfig:
    """The configuration.

    Raises:
        ConfigError: a key or a value is wrong.
    """
    config = read_config(path, CascadeConfig)
    if not 0.5 <= config.agreement < 1 or config.sentences < 1:
        raise ConfigError(f"{path}: agreement is from 0.5 to under 1, sentences at least 1")
    return config


def build(path: Path, model: Path, first: Path, corpora: Sequence[Path]) -> str:
    """Choose the cut on unlabelled text and write it, for `cuoshi train all`; what came of it.

    Args:
        path: the configuration.
        model, first: the two stages' directories.
        corpora: unlabelled text, JSONL; articles are drawn from each at random.

    Raises:
        InputError, ModelError: a corpus or a model cannot be read.
    """
    config = read_cascade(path)
    held: list[str] = []
    for corpus in corpora:
        articles = [Article("", str(corpus), text) for text in texts(corpus)]
        held += _drawn(articles, "article", config.sentences)
    try:
        cut, found = fit(str(model), str(first), held, config.agreement)
    except ModelError:
        raise
    except CuoshiError as error:  # too few sentences with a label: the model does without
        return f"none: {error}"
    return f"cut {cut}: {found}"


def measured(model: str, sentences: Sequence[str]) -> Effect:
    """What the model's cascade does to the sentences.

    Raises:
        ModelError: the model cannot be loaded, or has no cascade.
    """
    first, cut = first_stage(model)
    return effect(*read(first, model, sentences), cut)


def sentences_of(path: Path, unit: str, sample: int = 0) -> list[str]:
    """The clean sentences of a file's records, those that tagging leaves out not among them.

    Args:
        path: what `cuoshi predict` reads.
        unit: `sentence` where each record is one already, or `article`.
        sample: take so many, of records drawn at random; 0 for all.

    Raises:
        InputError: a record cannot be read, or there are no sentences.
    """
    articles = []
    for article in read_articles(str(path), unit=unit):
        if isinstance(article, InputError):
            raise article
        articles.append(article)
    if sentences := _drawn(articles, unit, sample):
        return sentences
    raise InputError(f"{path}: no sentences")


def _drawn(articles: list[Article], unit: str, sample: int) -> list[str]:
    if sample:
        random.Random(SEED).shuffle(articles)
    found = (text for article in articles for text in _sentences(article, unit))
    return list(islice(found, sample or None))


def _sentences(article: Article, unit: str) -> list[str]:
    if unit == "sentence":
        return [clean_sentence(article).string]
    kept = (s for s in clean_article(article).sentences() if s.dropped is None)
    return [sentence.text.string for sentence in kept]
