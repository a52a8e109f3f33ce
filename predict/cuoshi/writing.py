"""Results: a table for people, JSONL and CSV for programs; files whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.text import Text as Styled

from cuoshi.errors import OutputError
from cuoshi.measures import Measure
from cuoshi.tagger import TaggedArticle, TaggedSentence


class Writer(Protocol):
    """Writes tagged articles one after the other."""

    def write(self, article: TaggedArticle) -> None:
        """Write one article."""
        ...


def record(article: TaggedArticle, sentence: TaggedSentence) -> dict[str, Any]:
    """The JSON record of a sentence."""
    return {
        "article": article.id,
        "index": sentence.index,
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "labels": list(sentence.labels),
        "scores": {label: round(score, 4) for label, score in sentence.scores.items()},
        "evidence": {
            label: [{"start": e.start, "end": e.end, "text": e.text} for e in found]
            for label, found in sentence.evidence.items()
        },
        "dropped": sentence.dropped,
    }


class JsonlWriter:
    """One JSON object per sentence."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, article: TaggedArticle) -> None:
        """Write every sentence of the article."""
        for sentence in article.sentences:
            line = json.dumps(record(article, sentence), ensure_ascii=False)
            self._out.write(line.encode("utf-8", "replace").decode("utf-8") + "\n")


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell."""


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class CsvWriter:
    """One row per sentence; each label has a score column, evidence is joined by ` | `.

    Args:
        out: open for text.
        measures: give the columns.
        raw: leave cells that begin as a formula as they are.
    """

    def __init__(self, out: TextIO, measures: Sequence[Measure], raw: bool = False) -> None:
        self._guarded = str if raw else guarded
        self._rows = csv.writer(out)
        self._labels = [measure.id for measure in measures]
        self._rows.writerow(
            ["article", "index", "text", "start", "end", "labels"]
            + [f"{label}_score" for label in self._labels]
            + [f"{label}_evidence" for label in self._labels]
            + ["dropped"]
        )

    def write(self, article: TaggedArticle) -> None:
        """Write every sentence of the article."""
        for s in article.sentences:
            ident, text = self._guarded(article.id), self._guarded(s.text)
            row: list[Any] = [ident, s.index, text, s.start, s.end, " ".join(s.labels)]
            row += [round(s.scores[label], 4) for label in self._labels]
            row += [
                self._guarded(" | ".join(e.text for e in s.evidence.get(label, ())))
                for label in self._labels
            ]
            self._rows.writerow([*row, s.dropped or ""])


class TableWriter:
    """For a reader: each article's tagged sentences with evidence in colour, then counts."""

    def __init__(self, out: TextIO, measures: Sequence[Measure]) -> None:
        self._console = Console(file=out, highlight=False, soft_wrap=not out.isatty())
        self._measures = {measure.id: measure for measure in measures}

    def write(self, article: TaggedArticle) -> None:
        """Print one article."""
        facts = (article.metadata.date, article.metadata.source, article.metadata.title)
        self._console.print(Styled(article.id, "bold underline"))
        if any(facts):
            self._console.print(Styled(" · ".join(fact for fact in facts if fact), "dim"))
        for sentence in article.sentences:
            if sentence.labels:
                self._console.print(self._line(sentence))
        counts = article.counts
        tail = Styled(f"  {len(article.sentences)} sentences", "dim")
        for ident, measure in self._measures.items():
            tail.append("  ")
            tail.append(f"{measure.zh} {ident} {counts[ident]}", measure.colour)
        left_out = ", ".join(f"{n} {reason}" for reason, n in sorted(article.left_out.items()))
        if left_out:
            tail.append(f"  (left out: {left_out})", "dim")
        self._console.print(tail)
        self._console.print()

    def _line(self, sentence: TaggedSentence) -> Styled:
        line = Styled(f"  {sentence.index:>3}  ", "dim")
        for label in sentence.labels:
            line.append(f"[{self._measures[label].zh}]", f"bold {self._measures[label].colour}")
        text = Styled(" " + sentence.text)
        for label in sentence.labels:
            for evidence in sentence.evidence[label]:
                at = sentence.text.find(evidence.text)
                if at >= 0:
                    style = f"underline {self._measures[label].colour}"
                    text.stylize(style, at + 1, at + 1 + len(evidence.text))
        return line.append_text(text)


def make_writer(
    form: str, out: TextIO, measures: Sequence[Measure], raw_csv: bool = False
) -> Writer:
    """The writer of a format: `table`, `jsonl` or `csv`."""
    if form == "jsonl":
        return JsonlWriter(out)
    return CsvWriter(out, measures, raw_csv) if form == "csv" else TableWriter(out, measures)


@contextmanager
def whole_file(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A file that appears under its name only when all of it is written; a device is written to.

    Raises:
        OutputError: it cannot be written there.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # To put a file in the place of /dev/null would be the end of it.
            with path.open("w", encoding=encoding, errors="replace", newline="") as device:
                yield device
            return
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent or ".")
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding=encoding, errors="replace", newline="") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    finally:
        Path(name).unlink(missing_ok=True)
