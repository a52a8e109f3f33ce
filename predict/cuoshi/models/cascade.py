"""A cascade: a cheap model reads every sentence, the BERT only those that may carry a label.

The option `cascade` of a model's manifest names the first stage and a cut: a sentence none of
whose first scores reaches the cut is not sent on. It has no label, and its scores are the first
stage's, held under the model's thresholds. Other sentences have the scores and the evidence that
the model alone gives them. `cuoshi train cascade` chooses the cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cuoshi.errors import LabelError, ModelError
from cuoshi.modeldir import FILE, bundled, find, identity, load_manifest
from cuoshi.models import Model, Scores, Spans, load_model

OPTION = "cascade"


class Cascade:
    """Two models as one.

    Args:
        first: cheap; reads every sentence.
        model: with the same labels; reads what the first lets through.
        cut: what the highest of the first scores must reach for that.

    Raises:
        ModelError: the two have different labels.
    """

    def __init__(self, first: Model, model: Model, cut: float) -> None:
        self.manifest = model.manifest
        if first.manifest.labels != self.manifest.labels:
            raise ModelError(
                f"model {self.manifest.name!r}: its cascade begins with {first.manifest.name!r}, "
                "which has other labels"
            )
        self._first = first
        self._model = model
        self._cut = cut
        thresholds = np.array([self.manifest.thresholds[x] for x in self.manifest.labels])
        self._most = np.maximum(np.nextafter(thresholds, -1), 0)

    def score(self, sentences: Sequence[str]) -> Scores:
        """The model's scores, or the first stage's where the sentence stops there."""
        first = self._first.score(sentences)
        scores: Scores = np.minimum(first, self._most)
        on = np.flatnonzero(first.max(axis=1, initial=0.0) >= self._cut)
        scores[on] = self._model.score([sentences[i] for i in on.tolist()])
        return scores

    def evidence(self, sentence: str, label: str) -> Spans:
        """The model's."""
        return self._model.evidence(sentence, label)

    def check(self, thresholds: Mapping[str, float]) -> None:
        """Refuse thresholds that a sentence could reach without having been sent on.

        Raises:
            LabelError: one lies under the cut, and under the model's own.
        """
        for label, own in self.manifest.thresholds.items():
            if thresholds[label] < min(self._cut, own):
                raise LabelError(
                    f"threshold {thresholds[label]} of {label!r} is under {self._cut}, the "
                    "cascade's cut: do without the cascade"
                )


def load_cascade(name: str | Path) -> Cascade:
    """Load a model with the first stage that its manifest names.

    Raises:
        ModelError: one of the two cannot be loaded, or the manifest names none.
    """
    first, cut = first_stage(name)
    return Cascade(load_model(first), load_model(name), cut)


def cascade_identity(name: str | Path) -> dict[str, object]:
    """What `identity` says of the model, and of its first stage; the cut is in the manifest."""
    return {**identity(name), OPTION: identity(first_stage(name)[0])}


def first_stage(name: str | Path) -> tuple[str, float]:
    """The first stage and the cut: a bundled model's name, or a path from the model's directory.

    Raises:
        ModelError: the model has none, or the path leads to no model.
    """
    directory = find(name)
    options = load_manifest(directory).options
    if OPTION not in options:
        raise ModelError(
            f"{directory}: no cascade in its model.json; `cuoshi train cascade` chooses one"
        )
    try:
        first, cut = str(options[OPTION]["model"]), float(options[OPTION]["cut"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{directory}: option {OPTION!r} needs `model` and `cut`") from error
    if first in bundled():
        return first, cut
    if not (directory / first / FILE).is_file():
        raise ModelError(
            f"{directory}: no model at {first!r}, its cascade's first stage; "
            "`cuoshi train cascade` chooses anew"
        )
    return str(directory / first), cut
