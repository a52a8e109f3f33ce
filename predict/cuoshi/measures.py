"""The measures: what labels there are, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from cuoshi.errors import ConfigError, LabelError, known


@dataclass(frozen=True, slots=True)
class Measure:
    """One label.

    Attributes:
        id: the label in data, records and options.
        zh, en: its names.
        definition: one line.
        colour: a colour name that rich knows.
    """

    id: str
    zh: str
    en: str
    definition: str
    colour: str


def measures_of(tables: Mapping[str, object], where: str) -> tuple[Measure, ...]:
    """Measures from the tables of a configuration file or a model's JSON.

    Raises:
        ConfigError: a key is missing, unknown or no string; it names ``where`` and the key.
    """
    names = [field.name for field in fields(Measure) if field.name != "id"]
    found = []
    for ident, table in tables.items():
        if not isinstance(table, Mapping):
            raise ConfigError(f"{where}: {ident} is no table")
        for key in table:
            if key not in names:
                raise ConfigError(f"{where}: {ident}: unknown key {key!r}{known(key, names)}")
        for name in names:
            if not isinstance(table.get(name), str):
                raise ConfigError(f"{where}: {ident}: {name} is missing or no string")
        found.append(Measure(ident, **{name: str(table[name]) for name in names}))
    if not found:
        raise ConfigError(f"{where}: no measures")
    return tuple(found)


def check_labels(labels: Iterable[str], measures: Iterable[Measure]) -> None:
    """Raises LabelError at the first label that is no measure."""
    names = [measure.id for measure in measures]
    for label in labels:
        if label not in names:
            raise LabelError(f"unknown label {label!r}{known(label, names)}")
