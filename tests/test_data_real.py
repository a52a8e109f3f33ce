from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cuoshi_train.agreement import agreement, equal_labels, read_twice
from cuoshi_train.checks import DataConfig, complaints, read_written
from cuoshi_train.config import read_config, read_measures
from cuoshi_train.dataset import SPLITS, read_examples
from cuoshi_train.keys import Key, read_keys
from cuoshi_train.similarity import near_duplicates
from cuoshi_train.stats import card_tables
from tests.conftest import ROOT

REAL = ROOT / "data" / "real"
MEASURES = read_measures(ROOT / "configs" / "measures.toml")
LIMITS = read_config(ROOT / "configs" / "data.toml", DataConfig)
CARD = (ROOT / "data" / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def keys() -> dict[str, list[Key]]:
    return {split: read_keys(REAL / f"{split}.jsonl") for split in SPLITS}


def test_the_written_sentences_pass_their_checks() -> None:
    rows = read_written(ROOT / "data" / "written", MEASURES)
    assert list(complaints(rows, LIMITS, MEASURES)) == []


def test_enough_is_read_and_read_twice(keys: dict[str, list[Key]]) -> None:
    everything = [key for split in keys.values() for key in split]
    natural = sum(key.row["draw"] == "natural" for key in everything)
    assert len(everything) >= 10_000
    assert natural >= 5_000
    assert len(read_twice(REAL)) >= 2_500
    assert len({key.id for key in everything}) == len(everything)
    assert all(len(key.readings) == 3 for split in ("validation", "test") for key in keys[split])


def test_half_is_of_whole_documents(keys: dict[str, list[Key]]) -> None:
    everything = [key for split in keys.values() for key in split]
    assert sum(key.row["draw"] == "natural" for key in everything) >= 0.5 * len(everything)


def test_most_of_train_is_read_twice(keys: dict[str, list[Key]]) -> None:
    twice = [key for key in keys["train"] if len(key.readings) > 1]
    assert len(twice) >= 0.75 * len(keys["train"])


def test_splits_share_no_document(keys: dict[str, list[Key]]) -> None:
    documents = [{(key.repo, key.path, key.doc) for key in split} for split in keys.values()]
    assert sum(map(len, documents)) == len(set.union(*documents))


def test_readers_agree(keys: dict[str, list[Key]]) -> None:
    twice = read_twice(REAL)
    assert len(twice) >= 2500
    for row in agreement(twice, MEASURES):
        assert row.kappa >= 0.9
        assert row.alpha >= 0.9
        assert f"| {row.label} | {row.kappa:.3f} | {row.alpha:.3f} |" in CARD
    assert f"all labels equal on {equal_labels(twice):.1%}" in CARD


def test_every_difference_is_settled(keys: dict[str, list[Key]]) -> None:
    for key in [key for split in keys.values() for key in split if len(key.readings) > 1]:
        final = set(key.row["labels"])
        for reading in key.readings:  # readings that differ cannot both be the final one
            assert set(reading) ^ final <= set(key.settled)


def test_no_text_of_others_is_in_the_repository() -> None:
    for path in REAL.glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            assert "text" not in json.loads(line)


def test_the_card_states_what_stats_prints() -> None:
    tables = card_tables(ROOT / "data" / "written", REAL, MEASURES)
    assert tables in CARD


def test_the_texts_can_be_rebuilt(rebuilt: Path, keys: dict[str, list[Key]]) -> None:
    for split, part in keys.items():
        examples = read_examples(rebuilt / f"{split}.jsonl", MEASURES)
        assert len(examples) == len(part)
        assert Counter(e.labels for e in examples) == Counter(tuple(k.row["labels"]) for k in part)


@pytest.mark.slow
def test_no_near_duplicates_across_splits_or_with_the_gold(rebuilt: Path, shared: Path) -> None:
    texts, homes = [], []
    for split in SPLITS:
        for folder in (rebuilt, ROOT / "data" / "written"):
            for example in read_examples(folder / f"{split}.jsonl", MEASURES):
                texts.append(example.text)
                homes.append(split)
    for name in ("articles", "real_dev"):
        for line in (shared / "gold" / f"{name}.jsonl").read_text("utf-8").splitlines():
            texts.append(json.loads(line)["text"])
            homes.append("gold")
    for i, j, _ in near_duplicates(texts, LIMITS.same_across):
        assert homes[i] == homes[j], (texts[i], texts[j])


def test_the_dataset_loads_with_no_script() -> None:
    datasets = pytest.importorskip("datasets")
    for config in ("written", "real"):
        loaded = datasets.load_dataset(str(ROOT / "data"), config)
        assert set(loaded) == set(SPLITS)
