"""Sentences a second of several contenders, side by side: rounds alternate between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Run = Callable[[Sequence[str]], object]


class SkippedError(Exception):
    """A contender cannot be measured here; says why."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to score sentences.

    Attributes:
        name: its row's.
        make: given the number of threads, a function that scores sentences; or SkippedError.
        threaded: whether it can use several.
        few: whether it is so slow that a sample must do.
    """

    name: str
    make: Callable[[int], Run]
    threaded: bool = True
    few: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        name, unit: of what was measured.
        one, every: with one thread, and with all; None where it was not measured.
        base: the name of the row that is 1 in the ratios; none where it is empty.
        note: the sample, or why it was not measured.
    """

    name: str
    unit: str
    one: float | None
    every: float | None
    base: str = ""
    note: str = ""


def best(run: Callable[[], object], rounds: int) -> float:
    """The shortest of several runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def rates(
    contenders: Sequence[Contender],
    sentences: Sequence[str],
    sample: Sequence[str],
    threads: int,
    rounds: int,
    base: str,
) -> list[Row]:
    """Time every contender with one thread and with all.

    Args:
        contenders: to be timed.
        sentences: for those that are fast.
        sample: for the others.
        threads: how many all are.
        rounds: times over; the best counts.
        base: the contender that is 1 in the ratios.
    """
    found: dict[int, dict[str, float]] = {}
    reasons: dict[str, str] = {}
    for count in sorted({1, threads}):
        runs: dict[str, tuple[Run, Sequence[str]]] = {}
        for contender in contenders:
            if contender.name in reasons or (count > 1 and not contender.threaded):
                continue
            try:
                runs[contender.name] = (
                    contender.make(count),
                    sample if contender.few else sentences,
                )
            except SkippedError as reason:
                reasons[contender.name] = f"skipped: {reason}"
        found[count] = _timed(runs, count, rounds)
    rows = []
    for contender in contenders:
        one, every = (found[count].get(contender.name) for count in (1, threads))
        note = reasons.get(contender.name) or (f"{len(sample)} sentences" if contender.few else "")
        every = every if contender.threaded else None
        rows.append(Row(contender.name, "sentences/s", one, every, base, note))
    return rows


def _timed(runs: dict[str, tuple[Run, Sequence[str]]], count: int, rounds: int) -> dict[str, float]:
    for run, texts in runs.values():
        run(texts[:8])
    times: dict[str, float] = {}
    for number in range(rounds):
        for name, (run, texts) in runs.items():
            print(f"round {number + 1}, {count} threads: {name}", file=sys.stderr)
            start = time.perf_counter()
            run(texts)
            taken = time.perf_counter() - start
            times[name] = min(taken, times.get(name, taken))
    return {name: len(runs[name][1]) / taken for name, taken in times.items()}
