"""Models against labelled sentences and articles, with figures that can be argued about."""

from __future__ import annotations

from cuoshi_train.evaluation.figures import Result, compare, evaluate_model, figures_of
from cuoshi_train.evaluation.outcome import METRIC, Outcome, collect
from cuoshi_train.evaluation.table import behaviour_table, results_table

__all__ = [
    "METRIC",
    "Outcome",
    "Result",
    "behaviour_table",
    "collect",
    "compare",
    "evaluate_model",
    "figures_of",
    "results_table",
]
