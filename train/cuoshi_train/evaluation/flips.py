"""Labels that change between two versions of a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cuoshi.models import load_model
from cuoshi_train.dataset import read_examples


def flips(one: str, two: str, data: Sequence[Path]) -> tuple[int, int, float]:
    """Labels that differ at the first model's thresholds, of how many, and the largest change.

    Raises:
        ModelError, InputError: a model or the data cannot be read.
    """
    first, second = load_model(one), load_model(two)
    measures = first.manifest.measures
    texts = [e.text for path in data for e in read_examples(path, measures)]
    cuts = np.array([first.manifest.thresholds[measure.id] for measure in measures])
    a, b = first.score(texts), second.score(texts)
    return int(((a >= cuts) != (b >= cuts)).sum()), a.size, float(np.abs(a - b).max())
