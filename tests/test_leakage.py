"""No sentence of training is like a sentence that anything is measured on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuoshi_train.evaluation.behaviour import read_cases
from cuoshi_train.similarity import Near, near_duplicates
from tests.conftest import ROOT

ALIKE = 0.4
"""Jaccard similarity of runs of five characters over which two sentences are near-duplicates."""


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def leaks(train: list[str], held: list[str]) -> list[tuple[str, str]]:
    every = [*train, *held]
    return [
        (every[i], every[j]) for i, j, _ in near_duplicates(every, ALIKE) if i < len(train) <= j
    ]


def test_a_leak_would_be_seen() -> None:
    one = "昨天下午全镇开展了第三轮核酸检测工作"
    assert leaks([one, "今天没有新的通知"], ["据悉，" + one]) == [(one, "据悉，" + one)]


def test_written_training_is_apart_from_written_test_and_behaviour() -> None:
    train = texts(ROOT / "data" / "written" / "train.jsonl")
    held = [
        t for s in ("validation", "test") for t in texts(ROOT / "data" / "written" / f"{s}.jsonl")
    ]
    assert leaks(train, held) == []


@pytest.mark.slow
def test_all_training_is_apart_from_all_evaluation(rebuilt: Path, shared: Path) -> None:
    train = texts(ROOT / "data" / "written" / "train.jsonl") + texts(rebuilt / "train.jsonl")
    held = [
        text
        for folder in (ROOT / "data" / "written", rebuilt)
        for split in ("validation", "test")
        for text in texts(folder / f"{split}.jsonl")
    ]
    held += [
        t for name in ("articles", "real_dev") for t in texts(shared / "gold" / f"{name}.jsonl")
    ]
    assert leaks(train, held) == []


@pytest.mark.slow
def test_real_training_is_apart_from_the_behavioural_cases(rebuilt: Path) -> None:
    near = Near(texts(rebuilt / "train.jsonl"))
    for cases in read_cases(ROOT / "tests" / "behaviour").values():
        for case in cases:
            for key in ("text", "variant", "without", "with"):
                assert not (key in case and near.any(case[key], ALIKE)), case
