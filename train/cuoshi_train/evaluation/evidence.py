"""Whether the evidence is what a reader would mark, and whether the tag rests on it."""

from __future__ import annotations

import random
from typing import Any

from cuoshi.models import Model, Spans
from cuoshi_train.evaluation.outcome import Outcome

SEED = 20221226


def agreement(outcome: Outcome) -> dict[str, float] | None:
    """Evidence of the sentences and labels that both sides give, against the reader's.

    `token_f1` counts characters; `overlap` is the share of the reader's spans that the model's
    touch. None where the data has no evidence.
    """
    right = guessed = wanted = spans = touched = 0
    for example, found in zip(outcome.examples, outcome.evidence, strict=True):
        for label, gold in example.evidence.items():
            if label not in found:
                continue
            mine, theirs = _characters(found[label]), _characters(list(gold))
            right, guessed, wanted = (
                right + len(mine & theirs), guessed + len(mine), wanted + len(theirs)
            )  # fmt: skip
            spans += len(gold)
            touched += sum(bool(mine & set(range(a, b))) for a, b in gold)
    if not wanted:
        return None
    return {"token_f1": 2 * right / (guessed + wanted), "overlap": touched / spans}


def faithfulness(outcome: Outcome, model: Model) -> dict[str, Any]:
    """What becomes of right labels when characters are deleted.

    `lost` is the share of labels that go when their evidence is deleted; `kept` the share that
    stay when as many other characters are, in one run chosen at random outside the evidence
    (sentences too short for that are left out of it).
    """
    rng = random.Random(SEED)
    without: list[tuple[str, int]] = []
    control: list[tuple[str, int]] = []
    for row, (example, found) in enumerate(zip(outcome.examples, outcome.evidence, strict=True)):
        for column, label in enumerate(outcome.labels):
            if not (outcome.truth[row, column] and found.get(label)):
                continue
            mine = _characters(found[label])
            text = example.text
            without.append(("".join(c for i, c in enumerate(text) if i not in mine), column))
            free = [
                i
                for i in range(len(text) - len(mine) + 1)
                if mine.isdisjoint(range(i, i + len(mine)))
            ]
            if free:
                start = rng.choice(free)
                control.append((text[:start] + text[start + len(mine) :], column))

    def stays(cases: list[tuple[str, int]]) -> float:
        scores = model.score([text for text, _ in cases])
        hits = [scores[i, c] >= outcome.cuts[c] for i, (_, c) in enumerate(cases)]
        return sum(hits) / len(hits) if hits else 0.0

    return {
        "lost": 1 - stays(without),
        "kept": stays(control),
        "labels": len(without),
        "controls": len(control),
    }


def _characters(spans: Spans) -> set[int]:
    return {i for start, end in spans for i in range(start, end)}
