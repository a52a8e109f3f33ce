from __future__ import annotations

from pathlib import Path

import pytest

from cuoshi.errors import ConfigError
from cuoshi_train.evaluation.gate import failures, read_floors, updated, write_floors

FIGURES = {"macro": 0.9, "kept": 0.95}


def test_floors_are_raised_and_never_fall_unsaid(tmp_path: Path) -> None:
    path = tmp_path / "quality" / "floors.toml"
    write_floors(path, updated(None, FIGURES, "m1", {"test": "d1"}, None))
    old = read_floors(path)
    assert old.floors == FIGURES
    assert failures(old, FIGURES) == []
    assert failures(old, {"macro": 0.8}) == ["macro: 0.8000 is under its floor 0.9000"]
    with pytest.raises(ConfigError, match="macro"):
        updated(old, {"macro": 0.8, "kept": 0.96}, "m2", {}, None)
    new = updated(old, {"macro": 0.8, "kept": 0.96}, "m2", {}, "a harder test set")
    write_floors(path, new)
    assert read_floors(path).floors == {"macro": 0.8, "kept": 0.96}
    assert read_floors(path).lowered == ("macro: a harder test set",)


def test_a_figure_that_was_not_measured_keeps_its_floor() -> None:
    old = updated(None, FIGURES, "m1", {}, None)
    assert updated(old, {"macro": 0.91}, "m2", {}, None).floors == {"macro": 0.91, "kept": 0.95}


def test_a_file_without_floors_is_named(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text('model = "m"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"floors\.toml: no key"):
        read_floors(path)
