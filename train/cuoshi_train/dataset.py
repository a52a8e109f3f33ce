"""Labelled sentences: reading, checking their form, digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.errors import InputError, LabelError
from cuoshi.measures import Measure, check_labels

SPLITS = ("train", "validation", "test")

Matrix = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence.

    Attributes:
        text: one cleaned sentence.
        labels: ids of measures.
        evidence: for each label, the character spans ``(start, end)`` that state it.
        fields: the row's other keys (id, genre, level, year, split …).
    """

    text: str
    labels: tuple[str, ...]
    evidence: Mapping[str, tuple[tuple[int, int], ...]]
    fields: Mapping[str, object] = field(default_factory=dict)


def read_examples(path: Path, measures: Sequence[Measure]) -> list[Example]:
    """Read a JSONL file of labelled sentences.

    Raises:
        InputError: the file is missing, a line is no JSON, or a row has no text, unknown
            labels, or evidence outside its text; names the file and line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        rebuilt = path.parent.name == "rebuilt"
        hint = " (made by `cuoshi data rebuild --corpus PATH`)" if rebuilt else ""
        raise InputError(f"{path}: {error.strerror}{hint}") from error
    examples = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                examples.append(_example(json.loads(line), measures))
            except (ValueError, KeyError, TypeError, LabelError) as error:
                raise InputError(f"{path}: line {number}: {_said(error)}") from error
    if not examples:
        raise InputError(f"{path}: no labelled sentences")
    return examples


def _said(error: Exception) -> str:
    return f"no key {error}" if isinstance(error, KeyError) else str(error)


def _example(row: object, measures: Sequence[Measure]) -> Example:
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    rest = dict(row)
    text, labels = rest.pop("text"), rest.pop("labels")
    evidence = rest.pop("evidence", {})
    if not isinstance(text, str) or not isinstance(labels, list) or not isinstance(evidence, dict):
        raise TypeError("text, labels or evidence is of the wrong type")
    check_labels([*labels, *evidence], measures)
    if evidence and set(evidence) != set(labels):
        raise ValueError("evidence for other labels than the sentence has")
    spans = {
        label: tuple((int(a), int(b)) for a, b in pieces) for label, pieces in evidence.items()
    }
    for label, pieces in spans.items():
        if not pieces or not all(0 <= a < b <= len(text) for a, b in pieces):
            raise ValueError(f"evidence of {label} lies outside the text")
    return Example(text, tuple(labels), spans, rest)


def indicator(examples: Iterable[Example], measures: Sequence[Measure]) -> Matrix:
    """The labels as zeros and ones, shape (examples, measures)."""
    rows = [[int(m.id in example.labels) for m in measures] for example in examples]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(measures))


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the files' contents in the order given: names a state of the data."""
    sha = hashlib.sha256()
    for path in paths:
        sha.update(path.read_bytes())
    return sha.hexdigest()
