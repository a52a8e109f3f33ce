"""Real sentences as keys: where a sentence stands and what it was labelled, without its text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuoshi.errors import InputError

Spans = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Key:
    """One real sentence.

    Attributes:
        id: of the row.
        repo, commit, path, doc: the public repository, its commit, the file, and the document
            in it that the sentence comes from.
        index: its place among the document's sentences under version ``splitter`` of the
            splitting rules; for people, nothing depends on it.
        start, end: its characters in the document's text, before cleaning.
        sha1: SHA-1 of its cleaned text in UTF-8.
        readings: the evidence that each reader gave, by label, first reader first.
        settled: for labels on which readers differed, the reason of the decision.
        row: everything else that goes with the rebuilt sentence (labels, evidence, split …).
    """

    id: str
    repo: str
    commit: str
    path: str
    doc: str
    index: int
    splitter: int
    start: int
    end: int
    sha1: str
    readings: tuple[Spans, ...]
    settled: Mapping[str, str]
    row: Mapping[str, Any]


_ROW = ("id", "labels", "evidence", "genre", "date", "draw", "repo", "split")


def read_keys(path: Path) -> list[Key]:
    """Read a file of keys.

    Raises:
        InputError: it is missing or a line is no key; names the file and line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    keys = []
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
            keys.append(
                Key(
                    **{
                        name: data[name]
                        for name in Key.__slots__
                        if name not in {"readings", "settled", "row"}
                    },
                    readings=tuple(reading["evidence"] for reading in data["readers"]),
                    settled=data.get("settled", {}),
                    row={name: data[name] for name in _ROW},
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: line {number}: not a key ({error})") from error
    return keys


def sha1(text: str) -> str:
    """The digest that keys hold of a sentence."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
