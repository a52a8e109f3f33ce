"""Checks that the written sentences can fail: ``cuoshi data check``.

They look for what a generator leaves behind: near-duplicates, shared frames, little variety,
copied text, and sets that are out of balance.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cuoshi.measures import Measure
from cuoshi_train.dataset import SPLITS, Example, read_examples
from cuoshi_train.similarity import near_duplicates, runs

WINDOW = 1000
"""Characters in which variety is counted."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """`configs/data.toml`."""

    measures: str
    written: str
    real: str
    same: float
    same_across: float
    frame: int
    frames: int
    variety: float
    real_variety: float
    copied: int
    validation: float
    test: float
    long: int
    long_least: float
    long_most: float


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with its split and id."""

    split: str
    id: str
    example: Example


def read_written(folder: Path, measures: Sequence[Measure]) -> list[Row]:
    """All splits of the written sentences; their form is checked on the way.

    Raises:
        InputError: a row is wrong (labels, evidence …); names the file and line.
    """
    return [
        Row(split, str(example.fields.get("id", "")), example)
        for split in SPLITS
        for example in read_examples(folder / f"{split}.jsonl", measures)
    ]


def complaints(
    rows: Sequence[Row],
    config: DataConfig,
    measures: Sequence[Measure],
    corpus: Iterable[str] | None = None,
) -> Iterator[str]:
    """What is wrong, a line each.

    Args:
        rows: the written sentences.
        config: the limits.
        measures: the labels.
        corpus: real texts, of which no sentence may be a part; not looked at where None.
    """
    yield from _duplicates(rows, config)
    yield from _frames(rows, config)
    yield from _variety(rows, config)
    yield from _proportions(rows, config)
    yield from _lengths(rows, config, measures)
    if corpus is not None:
        yield from _copied(rows, config, corpus)


def variety(texts: Sequence[str], seed: int = 0) -> float:
    """Distinct 4-character runs per 1,000 characters, the mean over windows of that size.

    The sentences are shuffled first: neighbours in a document repeat each other.
    """
    shuffled = list(texts)
    random.Random(seed).shuffle(shuffled)
    text = "".join(shuffled)
    windows = [text[i : i + WINDOW] for i in range(0, len(text) - WINDOW + 1, WINDOW)]
    counts = [len({w[i : i + 4] for i in range(len(w) - 3)}) for w in windows or [text]]
    return sum(counts) / len(counts)


def _duplicates(rows: Sequence[Row], config: DataConfig) -> Iterator[str]:
    texts = [row.example.text for row in rows]
    for i, j, similarity in near_duplicates(texts, min(config.same, config.same_across)):
        limit = config.same if rows[i].split == rows[j].split else config.same_across
        if similarity > limit:
            yield f"{rows[i].id} and {rows[j].id}: near-duplicates ({similarity:.2f})"


def _frames(rows: Sequence[Row], config: DataConfig) -> Iterator[str]:
    counts = Counter(
        run
        for row in rows
        for run in runs(row.example.text, config.frame)
        if len(run) == config.frame
    )
    for run, n in counts.items():
        if n > config.frames:
            yield f"{n} sentences share the frame {run!r}"


def _variety(rows: Sequence[Row], config: DataConfig) -> Iterator[str]:
    found = variety([row.example.text for row in rows])
    if found < config.variety * config.real_variety:
        yield (
            f"variety {found:.1f} distinct 4-character runs per 1,000 characters, "
            f"under {config.variety:.0%} of the real sentences' {config.real_variety:.1f}"
        )


def _proportions(rows: Sequence[Row], config: DataConfig) -> Iterator[str]:
    counts = Counter(row.split for row in rows)
    for split, least in (("validation", config.validation), ("test", config.test)):
        if counts[split] < least * len(rows):
            yield f"{split} holds {counts[split] / len(rows):.1%} of the sentences"


def _lengths(rows: Sequence[Row], config: DataConfig, measures: Sequence[Measure]) -> Iterator[str]:
    groups = {m.id: [r for r in rows if m.id in r.example.labels] for m in measures}
    groups["no label"] = [row for row in rows if not row.example.labels]
    for name, group in groups.items():
        long = sum(len(row.example.text) > config.long for row in group) / max(1, len(group))
        if not config.long_least <= long <= config.long_most:
            yield f"{name}: {long:.0%} of the sentences are over {config.long} characters"


def _copied(rows: Sequence[Row], config: DataConfig, corpus: Iterable[str]) -> Iterator[str]:
    own: dict[str, list[Row]] = {}
    for row in rows:
        if len(row.example.text) >= config.copied:
            own.setdefault(row.example.text[: config.copied], []).append(row)
    for text in corpus:
        for i in range(len(text) - config.copied + 1):
            for row in own.get(text[i : i + config.copied], ()):
                if text.startswith(row.example.text, i):
                    yield f"{row.id}: stands in the real corpus"
