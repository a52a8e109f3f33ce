"""The quality gate: floors under the figures, in a file that says how they came to be.

`tests/quality/floors.toml` pins a floor for each figure with the digest of the model it was
measured on. Raising is one command; lowering needs a reason, which stays in the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cuoshi.errors import ConfigError
from cuoshi_train.config import read_toml

MARGIN = 0.002
"""A figure may fall so far under its floor: scores differ in the last bits between processors."""


@dataclass(frozen=True, slots=True)
class Floors:
    """What the file holds.

    Attributes:
        model, data: digests of the model and the data that the floors were measured with.
        floors: figure by name.
        lowered: reasons, oldest first.
    """

    model: str
    data: Mapping[str, str]
    floors: Mapping[str, float]
    lowered: tuple[str, ...]


def read_floors(path: Path) -> Floors:
    """Read the file.

    Raises:
        ConfigError: it is missing or lacks a key.
    """
    table = read_toml(path)
    try:
        return Floors(table["model"], table["data"], table["floors"], tuple(table["lowered"]))
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: no key {error}") from error


def failures(floors: Floors, figures: Mapping[str, float]) -> list[str]:
    """A line for each figure under its floor; figures that could not be measured are left out."""
    return [
        f"{name}: {figures[name]:.4f} is under its floor {floor:.4f}"
        for name, floor in floors.floors.items()
        if name in figures and figures[name] < floor - MARGIN
    ]


def updated(
    old: Floors | None,
    figures: Mapping[str, float],
    model: str,
    data: Mapping[str, str],
    reason: str | None,
) -> Floors:
    """Floors from new figures.

    Raises:
        ConfigError: a floor would fall, and no reason is given.
    """
    before = dict(old.floors) if old else {}
    lower = [name for name, value in figures.items() if value < before.get(name, 0.0) - MARGIN]
    if lower and not reason:
        raise ConfigError(f"these floors would fall, which needs a reason: {', '.join(lower)}")
    kept = {
        name: value if name in lower else max(value, before.get(name, value))
        for name, value in figures.items()
    }
    notes = old.lowered if old else ()
    if lower:
        notes = (*notes, f"{', '.join(lower)}: {reason}")
    return Floors(model, data, {**before, **kept}, notes)


def write_floors(path: Path, floors: Floors) -> None:
    """Write the file; the order of figures is theirs."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    lines = [
        "# Floors of the shipped model's figures. Raise them with `cuoshi measure gate --raise`;",
        "# lowering needs `--reason`, which is kept here.",
        f"model = {quoted(floors.model)}",
        "lowered = [" + ", ".join(map(quoted, floors.lowered)) + "]",
        "",
        "[data]",
        *(f"{quoted(name)} = {quoted(value)}" for name, value in floors.data.items()),
        "",
        "[floors]",
        *(f"{quoted(name)} = {value:.4f}" for name, value in floors.floors.items()),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
