"""Intervals and tests that resample documents, not sentences: those of one document are alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cuoshi_train.evaluation.outcome import Floats, Outcome

SAMPLES = 2000
SEED = 20221226
Counts = npt.NDArray[np.int64]


def counts(outcome: Outcome) -> Counts:
    """True positives, false positives, false negatives, shape (documents, labels, 3)."""
    places = {name: i for i, name in enumerate(dict.fromkeys(outcome.documents))}
    found = np.zeros((len(places), len(outcome.labels), 3), dtype=np.int64)
    rows = np.array([places[name] for name in outcome.documents])
    truth, guess = outcome.truth == 1, outcome.guesses == 1
    for kind, hits in enumerate((truth & guess, ~truth & guess, truth & ~guess)):
        np.add.at(found[..., kind], rows, hits.astype(np.int64))
    return found


def f1(sums: npt.NDArray[np.generic]) -> tuple[Floats, Floats]:
    """Macro and micro F1 of counts (…, labels, 3); a label without a case scores 0."""
    total = np.asarray(sums, dtype=np.float64)
    each = 2 * total[..., 0] / np.maximum(2 * total[..., 0] + total[..., 1] + total[..., 2], 1)
    whole = total.sum(axis=-2)
    micro = 2 * whole[..., 0] / np.maximum(2 * whole[..., 0] + whole[..., 1] + whole[..., 2], 1)
    return np.asarray(each.mean(axis=-1)), np.asarray(micro)


def intervals(outcome: Outcome, samples: int = SAMPLES) -> dict[str, tuple[float, float]]:
    """95% percentile bootstrap intervals of macro and micro F1 over documents."""
    per_document = counts(outcome)
    n = len(per_document)
    rng = np.random.default_rng(SEED)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=samples)
    macro, micro = f1(np.tensordot(weights, per_document, axes=1))
    return {
        name: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
        for name, values in (("macro_f1", macro), ("micro_f1", micro))
    }


def paired_test(one: Outcome, two: Outcome, samples: int = SAMPLES) -> float:
    """P value of the difference in macro-F1: approximate randomisation over documents.

    Each document's results are exchanged between the two models or not, at random; p is the
    share of exchanges with at least the difference seen (that one counted in).

    Raises:
        ValueError: the two are not about the same sentences.
    """
    if one.digest != two.digest or one.labels != two.labels:
        raise ValueError("a paired test needs the same sentences and labels")
    first, second = counts(one), counts(two)
    seen = abs(float(f1(first.sum(0))[0]) - float(f1(second.sum(0))[0]))
    rng = np.random.default_rng(SEED)
    swaps = rng.integers(0, 2, size=(samples, len(first)))
    difference = second - first
    moved = np.tensordot(swaps, difference, axes=1)
    a = f1(first.sum(0) + moved)[0]
    b = f1(second.sum(0) - moved)[0]
    return float((1 + (np.abs(a - b) >= seen - 1e-12).sum()) / (samples + 1))
