from __future__ import annotations

from pathlib import Path

import pytest

from cuoshi.errors import ConfigError
from cuoshi_train.baseline import BaselineConfig
from cuoshi_train.config import read_config, read_measures
from tests.conftest import ROOT

GOOD = (ROOT / "configs" / "baseline-written.toml").read_text("utf-8")


def test_the_shipped_configurations_are_read() -> None:
    config = read_config(ROOT / "configs" / "baseline-written.toml", BaselineConfig)
    assert config.strength == (1.0, 4.0, 16.0)
    assert len(read_measures(ROOT / "configs" / "measures.toml")) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "\nsead = 1\n", "unknown key 'sead'; did you mean 'seed'"),
        (GOOD.replace("folds = 5", ""), "folds is missing"),
        (GOOD.replace("folds = 5", 'folds = "5"'), "folds: '5' is no int"),
        (GOOD.replace("folds = 5", "folds = true"), "folds: True is no int"),
        (GOOD.replace("[2, 3]", "2"), "least: not a list"),
        ("a = = 1", "line 1"),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "baseline.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"baseline\.toml: .*{said}"):
        read_config(path, BaselineConfig)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_measures(tmp_path / "none.toml")
