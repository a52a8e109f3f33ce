"""Metrics of multi-label tagging, as an `evaluate` module that loads from this file offline."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

_DESCRIPTION = """Per-label precision, recall, F1 and support; macro and micro F1; exact match."""

_INPUTS = """
Args:
    predictions, references: lists of equal length; each item a list of 0 and 1, one per label.
    labels: the labels' names, in the order of the columns.
Returns:
    labels: for each name a dict of precision, recall, f1 and support.
    macro_f1, micro_f1, exact_match: floats in [0, 1]; a label without a case scores 0.
    count: the number of items.
"""


class Multilabel(evaluate.Metric):  # type: ignore[misc]
    """`evaluate` metric over label indicator rows; figures come from scikit-learn."""

    def _info(self) -> evaluate.MetricInfo:
        row = datasets.Sequence(datasets.Value("int32"))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": row, "references": row}),
        )

    def _compute(
        self, predictions: list[list[int]], references: list[list[int]], labels: list[str]
    ) -> dict[str, Any]:
        shape = (len(references), len(labels))
        guess = np.asarray(predictions).reshape(shape)
        truth = np.asarray(references).reshape(shape)
        precision, recall, f1, support = precision_recall_fscore_support(
            truth, guess, average=None, zero_division=0
        )
        return {
            "labels": {
                name: {
                    "precision": float(precision[i]),
                    "recall": float(recall[i]),
                    "f1": float(f1[i]),
                    "support": int(support[i]),
                }
                for i, name in enumerate(labels)
            },
            "macro_f1": float(np.mean(f1)),
            "micro_f1": float(f1_score(truth, guess, average="micro", zero_division=0)),
            "exact_match": float(accuracy_score(truth, guess)),
            "count": len(references),
        }
