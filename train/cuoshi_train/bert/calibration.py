"""Temperature, fitted on validation data only."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score, log_loss

from cuoshi_train.thresholds import expected_f1_thresholds

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.int64]


def sigmoid(logits: Floats) -> Floats:
    """Probabilities."""
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def fit_temperature(truth: Truth, logits: Floats) -> float:
    """The one number to divide all logits by for the least log loss."""

    def loss(log_temperature: float) -> float:
        scores = sigmoid(logits / math.exp(log_temperature))
        return float(log_loss(truth.ravel(), scores.ravel(), labels=[0, 1]))

    return math.exp(float(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def best_macro_f1(truth: Truth, logits: Floats) -> float:
    """Macro-F1 calibrated on the same data: for choosing among checkpoints only."""
    scores = sigmoid(logits / fit_temperature(truth, logits))
    guesses = scores >= np.array(expected_f1_thresholds(scores))
    return float(f1_score(truth, guesses, average="macro", zero_division=0))
