"""What the dataset card states: ``cuoshi data stats``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cuoshi.measures import Measure
from cuoshi_train.checks import Row, read_written
from cuoshi_train.dataset import SPLITS
from cuoshi_train.keys import read_keys

LENGTHS = ((0, 25), (25, 60), (60, 100), (100, 10_000))


def card_tables(written: Path, real: Path, measures: Sequence[Measure]) -> str:
    """The tables of the dataset card in Markdown, from the files alone."""
    rows = read_written(written, measures)
    keys = [key for split in SPLITS for key in read_keys(real / f"{split}.jsonl")]
    own = [_facts(row) for row in rows]
    theirs = [key.row for key in keys]
    parts = [
        "### Written sentences",
        _by_split(own, measures),
        _by("genre", own, measures),
        _by("level", own, measures),
        _by("year", own, measures),
        _by("length", own, measures),
        _together(own, measures),
        "### Real sentences",
        _by_split(theirs, measures),
        _by("drawn", [{**row, "drawn": _drawn(row)} for row in theirs], measures),
        _by("repo", theirs, measures),
        _by("year", [{**row, "year": str(row["date"])[:4] or "?"} for row in theirs], measures),
        _together(theirs, measures),
        f"Read twice or more: {sum(len(key.readings) > 1 for key in keys)} of {len(keys)}.",
    ]
    return "\n\n".join(parts)


def _facts(row: Row) -> dict[str, Any]:
    size = len(row.example.text)
    low, high = next(pair for pair in LENGTHS if pair[0] <= size < pair[1])
    return {
        **row.example.fields,
        "labels": row.example.labels,
        "length": f"{low}-{high - 1}" if high < 10_000 else f"{low} and more",
    }


def _drawn(row: Mapping[str, Any]) -> str:
    return "whole documents" if row["draw"] == "natural" else "picked"


def _table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in (head, rule, *lines))


def _counts(rows: Sequence[Mapping[str, Any]], measures: Sequence[Measure]) -> list[object]:
    labels = Counter(label for row in rows for label in row["labels"])
    several = sum(len(row["labels"]) > 1 for row in rows)
    none = sum(not row["labels"] for row in rows)
    return [len(rows), *(labels[m.id] for m in measures), several, none]


def _head(first: str, measures: Sequence[Measure]) -> list[str]:
    return [first, "sentences", *(m.id for m in measures), "two or more", "none"]


def _by_split(rows: Sequence[Mapping[str, Any]], measures: Sequence[Measure]) -> str:
    lines = [
        [split, *_counts([row for row in rows if row["split"] == split], measures)]
        for split in SPLITS
    ]
    return _table(_head("split", measures), [*lines, ["all", *_counts(rows, measures)]])


def _by(name: str, rows: Sequence[Mapping[str, Any]], measures: Sequence[Measure]) -> str:
    values = sorted({row[name] for row in rows}, key=str)
    if name == "length":
        values.sort(key=lambda value: int(value.split("-")[0].split()[0]))
    lines = [
        [value, *_counts([row for row in rows if row[name] == value], measures)] for value in values
    ]
    return _table(_head(name, measures), lines)


def _together(rows: Sequence[Mapping[str, Any]], measures: Sequence[Measure]) -> str:
    """Of the sentences with the label of the line, how many have that of the column too."""
    lines = [
        [
            a.id,
            *(
                sum(a.id in row["labels"] and b.id in row["labels"] for row in rows)
                for b in measures
            ),
        ]
        for a in measures
    ]
    return _table(["with", *(m.id for m in measures)], lines)
