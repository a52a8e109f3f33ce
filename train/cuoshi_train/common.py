"""What the commands share."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from cuoshi.errors import CuoshiError, InputError


@contextmanager
def heavy() -> Iterator[None]:
    """What a missing extra looks like: one line that says how to mend it."""
    try:
        yield
    except ImportError as error:
        raise CuoshiError(f"{error.name} is missing: pip install 'cuoshi[train]'") from error


@contextmanager
def busy(message: str) -> Iterator[None]:
    """Show on standard error, where a person looks, that work goes on."""
    with Console(stderr=True).status(message):
        yield


def say(message: str) -> None:
    """A line on standard error."""
    print(message, file=sys.stderr)


def texts(path: Path) -> Iterator[str]:
    """The texts of a corpus file, JSONL or .gz of it.

    Raises:
        InputError: it cannot be read.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["text"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: {error}") from error
