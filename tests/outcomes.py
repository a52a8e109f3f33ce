"""Small outcomes for the tests of evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cuoshi_train.dataset import Example
from cuoshi_train.evaluation import Outcome

LABELS = ("red", "blue")


def outcome(
    truth: Sequence[Sequence[int]],
    guesses: Sequence[Sequence[int]],
    documents: Sequence[str] | None = None,
    scores: Sequence[Sequence[float]] | None = None,
    model: str = "m",
) -> Outcome:
    examples = [
        Example(f"第{i}句", tuple(x for x, on in zip(LABELS, row, strict=True) if on), {})
        for i, row in enumerate(truth)
    ]
    return Outcome(
        model=model,
        data="d.jsonl",
        digest="0",
        labels=LABELS,
        cuts=np.array([0.5, 0.5]),
        examples=examples,
        documents=list(documents or map(str, range(len(examples)))),
        truth=np.array(truth),
        guesses=np.array(guesses),
        scores=np.array(scores if scores is not None else guesses, dtype=float),
        evidence=[{} for _ in examples],
    )
