"""Figures of parts of the data: by source, year, how drawn, length, labels, cue words, the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from cuoshi.models import load_model
from cuoshi_train.dataset import Example
from cuoshi_train.evaluation.outcome import Outcome

LENGTHS = (20, 40, 80)
LEAST = 10
"""Parts with fewer sentences are not shown."""


def slices(outcome: Outcome) -> list[dict[str, Any]]:
    """For each part: how many sentences, micro F1, and the share with all labels right."""
    cued = _cued(outcome)
    parts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, example in enumerate(outcome.examples):
        for part in _parts(example, bool(cued[i])):
            parts[part].append(i)
    found = []
    for (kind, value), rows in sorted(parts.items()):
        if len(rows) < LEAST:
            continue
        truth, guess = outcome.truth[rows], outcome.guesses[rows]
        micro = f1_score(truth, guess, average="micro", zero_division=0) if truth.any() else None
        exact = float(accuracy_score(truth, guess))
        found.append(
            {"by": kind, "value": value, "n": len(rows), "micro_f1": micro, "exact_match": exact}
        )
    return found


def _cued(outcome: Outcome) -> Any:
    """Where the bundled lexicon finds a word, if it knows these labels."""
    lexicon = load_model("lexicon")
    if lexicon.manifest.labels != outcome.labels:
        return np.zeros(len(outcome.examples), dtype=bool)
    return lexicon.score([example.text for example in outcome.examples]).any(axis=1)


def _parts(example: Example, cued: bool) -> Iterator[tuple[str, str]]:
    fields = example.fields
    for kind in ("genre", "repo"):
        if fields.get(kind):
            yield ("source" if kind == "repo" else kind), str(fields[kind])
    if year := str(fields.get("year") or fields.get("date") or "")[:4]:
        yield "year", year
    if draw := fields.get("draw"):
        yield "drawn", "whole documents" if draw == "natural" else "picked"
    size = len(example.text)
    limit = next((limit for limit in LENGTHS if size <= limit), None)
    yield "characters", f"up to {limit:>2}" if limit else f"over {LENGTHS[-1]}"
    yield "labels", str(min(len(example.labels), 2)) + ("+" if len(example.labels) > 1 else "")
    if example.labels:
        yield "cue word", "present" if cued else "absent"
    elif cued or fields.get("near_miss"):
        yield "near miss", "yes"
