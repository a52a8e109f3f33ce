"""What a person sees on standard error: errors, and how far a run has come."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from cuoshi.errors import InputError
from cuoshi.tagger import TaggedArticle

SMALL = 1 << 17
"""Bytes of input up to which no bar is shown."""

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(error: Exception) -> None:
    """One line on standard error."""
    errors.print(f"[bold red]error:[/] {str(error).replace('[', chr(92) + '[')}")


class Meter:
    """A bar over the bytes of the inputs, with articles, sentences a second and failures.

    A context: the bar is shown inside it where standard error is a terminal, results do not go
    to one, and there is more than a little to do; else nothing is printed.

    Args:
        names: the inputs, as `cuoshi.reading.find_inputs` gives them.
        screen: whether results go to the terminal.
    """

    def __init__(self, names: Sequence[str | InputError], screen: bool) -> None:
        self._names = names
        self._sizes = [_size(name) for name in names]
        self.articles = self.sentences = self.failures = 0
        self._before = 0
        self._file: BinaryIO | None = None
        self._began: float | None = None
        self._bar: Progress | None = None
        seen = sys.stderr is not None and sys.stderr.isatty() and not screen
        if seen and sum(self._sizes) > SMALL:
            self._bar = Progress(
                TextColumn("tagging"), BarColumn(), _Counts(self), TimeRemainingColumn(),
                console=errors, transient=True, redirect_stdout=False,
            )  # fmt: skip
            self._bar.add_task("tagging", total=sum(self._sizes))

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def names(self) -> Iterator[str | InputError]:
        """The inputs, one after the other."""
        for name, size in zip(self._names, self._sizes, strict=True):
            yield name
            self._before += size
            self._file = None

    def watch(self, file: BinaryIO) -> None:
        """The file that is read now: its position is how far the run has come."""
        self._file = file

    def count(
        self, results: Iterable[TaggedArticle | InputError]
    ) -> Iterator[TaggedArticle | InputError]:
        """The results, counted."""
        self._began = self._began or monotonic()
        for result in results:
            if isinstance(result, InputError):
                self.failures += 1
            else:
                self.articles += 1
                self.sentences += len(result.sentences)
            if self._bar is not None:
                inside = self._file.tell() if self._file and not self._file.closed else 0
                self._bar.update(self._bar.task_ids[0], completed=self._before + inside)
            yield result

    def __str__(self) -> str:
        seconds = monotonic() - self._began if self._began else 0
        failed = f", {self.failures:,} failed" if self.failures else ""
        rate = f", {self.sentences / seconds:,.0f} sentences/s" if seconds > 1 else ""
        return f"{self.articles:,} articles{rate}{failed}"


class _Counts(ProgressColumn):
    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def render(self, task: Task) -> Text:  # the meter knows more than the task
        return Text(str(self._meter))


def _size(name: str | InputError) -> int:
    try:
        return Path(name).stat().st_size if isinstance(name, str) else 0
    except (OSError, ValueError):
        return 0
