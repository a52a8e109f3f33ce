"""Per-label thresholds, fitted on validation data only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_curve


def fit_threshold(truth: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> float:
    """The threshold of the best F1, in the middle of the range of scores that give it.

    Args:
        truth, scores: of one label, shape (n,).
    """
    precision, recall, cuts = precision_recall_curve(truth, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    below = scores[scores < cuts[best]]
    return float((cuts[best] + below.max()) / 2) if len(below) else float(cuts[best])


def fit_thresholds(truth: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> list[float]:
    """One threshold for each column."""
    return [fit_threshold(truth[:, i], scores[:, i]) for i in range(truth.shape[1])]
