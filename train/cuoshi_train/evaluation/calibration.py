"""Whether scores mean what they say, and what is gained by leaving the unsure out."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.calibration import calibration_curve

from cuoshi_train.evaluation.outcome import Outcome

BINS = 10
COVERAGES = (1.0, 0.98, 0.95, 0.9, 0.8)


def calibration(outcome: Outcome) -> dict[str, Any]:
    """Expected calibration error over all sentence-label pairs, ten equal bins, and the curve."""
    truth, scores = outcome.truth.ravel(), np.clip(outcome.scores.ravel(), 0, 1)
    share, mean = calibration_curve(truth, scores, n_bins=BINS, strategy="uniform")
    places = np.clip(np.digitize(scores, np.linspace(0, 1, BINS + 1)[1:-1]), 0, BINS - 1)
    sizes = np.bincount(places, minlength=BINS)
    sizes = sizes[sizes > 0]
    return {
        "ece": float((sizes * np.abs(share - mean)).sum() / sizes.sum()),
        "curve": [
            {"score": float(a), "share": float(b), "pairs": int(n)}
            for a, b, n in zip(mean, share, sizes, strict=True)
        ],
    }


def coverage(outcome: Outcome) -> list[dict[str, float]]:
    """Share of sentences with a wrong label set when only the surest are kept.

    How sure a sentence is: the least distance, in log-odds, of a score from its threshold.
    """
    scores = np.clip(outcome.scores, 1e-6, 1 - 1e-6)
    cuts = np.clip(outcome.cuts, 1e-6, 1 - 1e-6)
    sure = np.abs(np.log(scores / (1 - scores)) - np.log(cuts / (1 - cuts))).min(axis=1)
    order = np.argsort(-sure, kind="stable")
    wrong = (outcome.truth != outcome.guesses).any(axis=1)[order]
    found = []
    for part in COVERAGES:
        kept = max(1, round(part * len(wrong)))
        found.append({"coverage": part, "wrong": float(wrong[:kept].mean())})
    return found
