from __future__ import annotations

from collections import Counter

import pytest

from cuoshi_train.config import read_measures
from cuoshi_train.dataset import SPLITS, Example, read_examples
from tests.conftest import ROOT

GENRES = {"inspection", "meeting", "press_conference", "notice", "circular", "community_news"}
LEVELS = {"national", "province", "city", "county", "township", "village"}


@pytest.fixture(scope="module")
def written() -> dict[str, list[Example]]:
    measures = read_measures(ROOT / "configs" / "measures.toml")
    folder = ROOT / "data" / "written"
    return {split: read_examples(folder / f"{split}.jsonl", measures) for split in SPLITS}


def test_the_counts_of_the_issue_hold(written: dict[str, list[Example]]) -> None:
    rows = [example for split in written.values() for example in split]
    labels = Counter(label for example in rows for label in example.labels)
    assert len(rows) >= 1200
    assert min(labels.values()) >= 200
    assert len(labels) == 4
    assert sum(len(example.labels) > 1 for example in rows) >= 0.25 * len(rows)
    none = [example for example in rows if not example.labels]
    assert len(none) >= 0.4 * len(rows)
    assert sum(bool(example.fields["near_miss"]) for example in none) >= 0.5 * len(none)


def test_every_row_is_of_the_form(written: dict[str, list[Example]]) -> None:
    ids = set()
    for split, rows in written.items():
        for example in rows:
            fields = example.fields
            assert set(fields) == {"id", "genre", "level", "year", "near_miss", "split"}
            assert fields["split"] == split
            assert fields["genre"] in GENRES
            assert fields["level"] in LEVELS
            assert fields["year"] in {2020, 2021, 2022}
            assert set(example.evidence) == set(example.labels)
            ids.add(fields["id"])
    assert len(ids) == sum(map(len, written.values()))
