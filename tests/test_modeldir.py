from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuoshi.errors import ModelError
from cuoshi.modeldir import FILE, bundled, find, load_manifest
from cuoshi.models import load_model
from tests.models import lexicon


def test_bundled_models_are_found_and_whole() -> None:
    assert set(bundled()) >= {"baseline", "bert", "lexicon"}
    for directory in bundled().values():
        assert load_manifest(directory).labels == (
            "testing",
            "quarantine",
            "supply",
            "accountability",
        )
    assert find("default") in bundled().values()


def test_unknown_names_are_told_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="did you mean 'lexicon'"):
        find("lexikon")
    with pytest.raises(ModelError, match=r"no model\.json"):
        find(tmp_path)


def test_a_changed_or_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    directory = lexicon(tmp_path / "m")
    file = directory / "lexicon.json"
    file.write_text(file.read_text() + " ")
    with pytest.raises(ModelError, match=r"m/lexicon\.json: damaged"):
        load_model(directory)
    file.unlink()
    with pytest.raises(ModelError, match=r"m/lexicon\.json: missing"):
        load_model(directory)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", 99, "format 99"),
        ("kind", "pickle", "unknown kind 'pickle'"),
        ("measures", {}, "no measures"),
        ("thresholds", {}, "not a model"),
        ("files", {"../x": "0"}, "outside the model"),
    ],
)
def test_a_wrong_manifest_is_told(tmp_path: Path, key: str, value: object, said: str) -> None:
    directory = lexicon(tmp_path / "m")
    data = json.loads((directory / FILE).read_text("utf-8"))
    (directory / FILE).write_text(json.dumps({**data, key: value}), encoding="utf-8")
    with pytest.raises(Exception, match=said) as caught:
        load_model(directory)
    assert type(caught.value).__module__ == "cuoshi.errors"


def test_no_manifest_at_all(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(ModelError, match="not a model"):
        load_model(tmp_path)
