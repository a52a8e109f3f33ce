"""How well two readers agree: ``cuoshi data agreement``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score

from cuoshi.measures import Measure
from cuoshi_train.dataset import SPLITS
from cuoshi_train.keys import Key, Spans, read_keys


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one label.

    Attributes:
        label: its id.
        kappa: Cohen's kappa.
        alpha: Krippendorff's alpha, nominal.
        evidence: token F1, a token being a character: of the characters that two readers marked,
            over sentences to which both gave the label.
        differences: how many sentences only one gave it to.
    """

    label: str
    kappa: float
    alpha: float
    evidence: float
    differences: int


def read_twice(folder: Path) -> list[Key]:
    """The keys of all splits that two readers read, or more; the first two readings count."""
    keys = [key for split in SPLITS for key in read_keys(folder / f"{split}.jsonl")]
    return [replace(k, readings=k.readings[:2]) for k in keys if len(k.readings) > 1]


def agreement(keys: Sequence[Key], measures: Sequence[Measure]) -> list[Agreement]:
    """Agreement for each label over sentences that were read twice."""
    found = []
    for measure in measures:
        label = measure.id
        pairs = np.array([[label in reading for reading in key.readings] for key in keys])
        ratings = pairs.T.astype(int)
        same = bool((ratings == ratings[0, 0]).all())  # nothing to correct for chance
        found.append(
            Agreement(
                label=label,
                kappa=1.0 if same else float(cohen_kappa_score(*ratings)),
                alpha=1.0
                if same
                else float(krippendorff.alpha(ratings, level_of_measurement="nominal")),
                evidence=_token_f1([key.readings for key in keys], label),
                differences=int((pairs[:, 0] != pairs[:, 1]).sum()),
            )
        )
    return found


def equal_labels(keys: Sequence[Key]) -> float:
    """The share of sentences to which both readers gave the same labels."""
    return sum(set(key.readings[0]) == set(key.readings[1]) for key in keys) / len(keys)


def between_readers(keys: Sequence[Key], measures: Sequence[Measure]) -> list[float]:
    """Macro-F1 of each two readings, as if one were the truth: the first and second, then on."""
    most = min((len(key.readings) for key in keys), default=0)
    given = [
        np.array([[m.id in key.readings[n] for m in measures] for key in keys]) for n in range(most)
    ]
    return [
        float(f1_score(one, two, average="macro", zero_division=0))
        for one, two in combinations(given, 2)
    ]


def _token_f1(readings: Sequence[tuple[Spans, ...]], label: str) -> float:
    both = marked = 0
    for one, two in readings:
        if label in one and label in two:
            first, second = ({i for a, b in r[label] for i in range(a, b)} for r in (one, two))
            both += 2 * len(first & second)
            marked += len(first) + len(second)
    return both / marked if marked else 0.0
