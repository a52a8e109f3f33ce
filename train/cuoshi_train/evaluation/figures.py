"""All figures of a model on a data file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from cuoshi.models import Model
from cuoshi_train.evaluation.calibration import calibration, coverage
from cuoshi_train.evaluation.evidence import agreement, faithfulness
from cuoshi_train.evaluation.outcome import METRIC, Outcome, collect
from cuoshi_train.evaluation.resampling import intervals, paired_test
from cuoshi_train.evaluation.slices import slices


@dataclass(frozen=True, slots=True)
class Result:
    """One model on one data file.

    Attributes:
        model, data: their names.
        digest: SHA-256 of the data file.
        figures: what `figures_of` gives.
    """

    model: str
    data: str
    digest: str
    figures: dict[str, Any]


def evaluate_model(name: str | Path, path: Path) -> Result:
    """Collect a model's tags for a file and compute the figures.

    Raises:
        ModelError, InputError: the model or the data cannot be read.
    """
    outcome = collect(name, path)
    figures = figures_of(outcome)
    return Result(outcome.model, outcome.data, outcome.digest, figures)


def figures_of(outcome: Outcome, model: Model | None = None) -> dict[str, Any]:
    """The figures of an outcome; with the model also slices and faithfulness, which take longer."""
    figures: dict[str, Any] = evaluate.load(str(METRIC)).compute(
        predictions=outcome.guesses.tolist(),
        references=outcome.truth.tolist(),
        labels=list(outcome.labels),
    )
    for i, label in enumerate(outcome.labels):
        truth = outcome.truth[:, i]
        precision = average_precision_score(truth, outcome.scores[:, i]) if truth.any() else 0.0
        figures["labels"][label]["average_precision"] = float(precision)
    labelled = outcome.truth.any(axis=1) | outcome.guesses.any(axis=1)
    figures["samples_f1"] = (
        float(
            f1_score(
                outcome.truth[labelled],
                outcome.guesses[labelled],
                average="samples",
                zero_division=0,
            )
        )
        if labelled.any()
        else 0.0
    )
    figures["documents"] = len(set(outcome.documents))
    figures["intervals"] = intervals(outcome)
    figures["calibration"] = calibration(outcome)
    figures["coverage"] = coverage(outcome)
    figures["evidence"] = agreement(outcome)
    if model is not None:
        figures["faithfulness"] = faithfulness(outcome, model)
        figures["slices"] = slices(outcome)
    return figures


def compare(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Paired tests between all models that were run on the same file."""
    found = []
    for one, two in combinations(outcomes, 2):
        if one.digest == two.digest and one.labels == two.labels:
            difference = _macro(two) - _macro(one)
            pair = {"data": one.data, "one": one.model, "two": two.model}
            found.append({**pair, "difference": difference, "p": paired_test(one, two)})
    return found


def _macro(outcome: Outcome) -> float:
    score = f1_score(outcome.truth, outcome.guesses, average="macro", zero_division=0)
    return float(np.asarray(score))
