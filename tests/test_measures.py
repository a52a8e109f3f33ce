from __future__ import annotations

import pytest

from cuoshi.errors import ConfigError, LabelError
from cuoshi.measures import check_labels, measures_of
from tests.models import MEASURES

TABLE = {"zh": "红", "en": "red", "definition": "Red things.", "colour": "red"}


def test_measures_keep_their_order() -> None:
    assert [m.id for m in measures_of({"b": TABLE, "a": TABLE}, "x")] == ["b", "a"]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({}, "no measures"),
        ({"red": 1}, "red is no table"),
        ({"red": {**TABLE, "color": "red"}}, "did you mean 'colour'"),
        ({"red": {"zh": "红"}}, "red: en is missing"),
    ],
)
def test_wrong_tables_are_told(tables: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        measures_of(tables, "measures.toml")


def test_unknown_labels_are_told_with_the_nearest() -> None:
    check_labels(["red", "blue"], MEASURES)
    with pytest.raises(LabelError, match="did you mean 'blue'"):
        check_labels(["blu"], MEASURES)
