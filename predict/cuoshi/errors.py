"""Every error that cuoshi raises on purpose.

CuoshiError
├── InputError        an input cannot be read; names the file, line or column
├── OutputError       the output cannot be written; names the path
├── ModelError        a model directory is missing, damaged or of another kind
├── LabelError        a label nobody knows; names those there are
└── ConfigError       a configuration file is wrong; names the file and key

The command line turns each into one line on standard error and exit code 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TypeVar

Item = TypeVar("Item")


class CuoshiError(Exception):
    """Base of all of them."""


class InputError(CuoshiError):
    """An input cannot be read."""


class OutputError(CuoshiError):
    """The output cannot be written."""


class ModelError(CuoshiError):
    """A model cannot be loaded."""


class LabelError(CuoshiError):
    """A label is unknown to the model."""


class ConfigError(CuoshiError):
    """A configuration file is wrong."""


def shown(name: str) -> str:
    """A name as a message holds it: one line, not long, no control characters."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name[:200])
    return line + "…" * (len(name) > 200)


def known(name: str, names: Iterable[str]) -> str:
    """The tail of a message about an unknown name: the nearest one, and all there are."""
    names = list(names)
    near = get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (known: {', '.join(names) or 'none'})"


def without_errors(
    items: Iterable[Item | InputError], failures: list[InputError]
) -> Iterator[Item]:
    """The items as they come; errors among them are put into ``failures``."""
    for item in items:
        if isinstance(item, InputError):
            failures.append(item)
        else:
            yield item
