from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cuoshi.ngrams import CharacterModel, character_model, fold, load
from cuoshi_train.ngrams import SPARED, count, spared, without


@pytest.fixture
def model(tmp_path: Path) -> CharacterModel:
    path = tmp_path / "n.npz"
    count(["核酸检测，核酸检测"] * 10 + ["检疫"], path, least_pair=1, least_triple=1)
    return load(str(path))


def test_counts_become_probabilities(model: CharacterModel) -> None:
    assert model.log_probability("酸", "核") > model.log_probability("测", "核")
    assert model.log_probability("检测", "核酸") > model.log_probability("检测", "检")
    longer = model.log_probability("核酸") + model.log_probability("检", "核酸")
    assert model.log_probability("核酸检") == pytest.approx(longer)


def test_unseen_characters_have_a_small_probability(model: CharacterModel) -> None:
    assert -30 < model.log_probability("龘") < model.log_probability("检")


def test_probabilities_of_what_may_follow_are_at_most_one(model: CharacterModel) -> None:
    total = sum(np.exp(model.log_probability(char, "核酸")) for char in "核酸检测疫，")
    assert 0.9 < total <= 1.001


def test_everything_but_han_is_folded() -> None:
    assert fold("检a1,。 ") == "检00，，，"


def test_the_bundled_model_knows_chinese() -> None:
    model = character_model()
    assert model.log_probability("疫情防控") > model.log_probability("匾咔榉揽") + 20


def test_documents_that_hold_a_held_sentence_are_left_out() -> None:
    held = ["镇里给每户发了一袋米、两棵白菜和一箱鸡蛋", "太短了"]
    copy = "通知：镇里给每户发了一袋米，两棵白菜和一箱鸡蛋。由网格员送到门口。"
    start = "镇里给每户发了一袋米、两棵白菜，鸡蛋没有发。"
    assert list(without([copy, start, "太短了"], held)) == [start, "太短了"]


def test_one_text_in_eight_is_spared() -> None:
    flags = [out for out, _ in spared("文" * 2 * SPARED)]
    assert flags == ([False] * (SPARED - 1) + [True]) * 2
