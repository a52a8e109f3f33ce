"""Configuration files: flat TOML read into frozen dataclasses, unknown keys refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from cuoshi.errors import ConfigError, known
from cuoshi.measures import Measure, measures_of

Config = TypeVar("Config")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: it cannot be read; names the file and, for bad TOML, the line.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def read_config(path: Path, kind: type[Config]) -> Config:
    """Read a file into the dataclass ``kind``; its values must have the fields' types.

    Raises:
        ConfigError: an unknown, missing or mistyped key; it names the nearest known one.
    """
    return checked(read_toml(path), kind, str(path))


def checked(data: Mapping[str, object], kind: type[Config], where: str) -> Config:
    """The same for a table that is read already; ``where`` names it in errors.

    Raises:
        ConfigError: as `read_config`.
    """
    wanted = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    types = get_type_hints(kind)
    for key in data:
        if key not in wanted:
            raise ConfigError(f"{where}: unknown key {key!r}{known(key, wanted)}")
    values: dict[str, Any] = {}
    for name, field in wanted.items():
        if name not in data:
            if field.default is MISSING and field.default_factory is MISSING:
                raise ConfigError(f"{where}: {name} is missing")
            continue
        values[name] = _typed(data[name], types[name], f"{where}: {name}")
    return kind(**values)


def _typed(value: object, wanted: Any, where: str) -> object:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if getattr(wanted, "__origin__", None) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: not a list")
        return tuple(_typed(item, wanted.__args__[0], where) for item in value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ConfigError(f"{where}: {value!r} is no {wanted.__name__}")
    return value


def read_measures(path: Path) -> tuple[Measure, ...]:
    """The measures of a file like ``configs/measures.toml``."""
    return measures_of(read_toml(path), str(path))


def beside(path: Path, name: str) -> Path:
    """A path in a configuration file, which counts from the file's own folder."""
    return path.parent / name


def strings(table: Mapping[str, object], key: str, where: str) -> list[str]:
    """A list of strings under a key that may be missing."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: {key} is no list of strings")
    return value
