from __future__ import annotations

from dataclasses import replace

import pytest

from cuoshi_train.checks import DataConfig, Row, complaints, variety
from cuoshi_train.config import read_config
from cuoshi_train.dataset import Example
from cuoshi_train.similarity import near_duplicates, runs
from tests.conftest import ROOT
from tests.models import MEASURES

CONFIG = replace(
    read_config(ROOT / "configs" / "data.toml", DataConfig),
    real_variety=0.0,
    validation=0.0,
    test=0.0,
    long_least=0.0,
    long_most=1.0,
)
VARIED = [
    "清晨的河岸上，有人把一筐红花搬进了花店。",
    "图书馆的玻璃窗映着蓝天，孩子们在窗下读书。",
    "邮差绕过广场，把信交给等在门口的老人。",
    "雨停以后，屋檐下的燕子又飞出去找食。",
]


def rows(texts: list[str], split: str = "train", labels: tuple[str, ...] = ()) -> list[Row]:
    return [Row(split, f"{split}-{i}", Example(text, labels, {})) for i, text in enumerate(texts)]


def said(given: list[Row], config: DataConfig = CONFIG, corpus: list[str] | None = None) -> str:
    return "\n".join(complaints(given, config, MEASURES, corpus))


def test_varied_sentences_pass() -> None:
    assert said(rows(VARIED), corpus=["别的文字。" * 9]) == ""


def test_a_sentence_with_another_number_is_a_near_duplicate() -> None:
    text = "镇上今天组织三千二百名居民到六个采样点排队采样，傍晚全部结束"
    assert "near-duplicates" in said(rows([text, text.replace("六个", "八个")]))


def test_across_splits_less_is_allowed() -> None:
    one = "志愿者把米面油送到每家门口，再逐户登记缺的药"
    two = "志愿者把米面油送到每家门口，回头还要给老人理发剪指甲"
    (found,) = near_duplicates([one, two], 0.3)
    limits = replace(CONFIG, same=found[2] + 0.01, same_across=found[2] - 0.01)
    assert said(rows([one, two]), limits) == ""
    assert "near-duplicates" in said(rows([one]) + rows([two], "test"), limits)


def test_a_template_is_a_shared_frame() -> None:
    places = ["东河", "西山", "南塘", "北桥", "中坝", "前岭"]
    tails = ["送米", "开会", "唱歌", "修路", "种树", "捕鱼"]
    texts = [
        f"{place}昨天由街道办事处统一组织安排{tail}，{text}"
        for place, tail, text in zip(places, tails, VARIED * 2, strict=False)
    ]
    assert "share the frame" in said(rows(texts))
    assert "share the frame" not in said(rows(texts[:5]))


def test_little_variety_is_told() -> None:
    assert variety(["甲乙丙丁" * 500]) < 10
    limits = replace(CONFIG, real_variety=900.0, same=1.0)
    assert "variety" in said(rows(["甲乙丙丁" * 500]), limits)


def test_copies_from_the_corpus_are_told() -> None:
    page = f"前文。{VARIED[0]}后文。"
    assert "train-0: stands in the real corpus" in said(rows(VARIED), corpus=[page])
    assert said(rows(["红花。"]), corpus=["红花。"]) == ""


def test_proportions_and_lengths_are_told() -> None:
    limits = replace(CONFIG, test=0.5, long_least=0.2)
    text = said(rows(VARIED, labels=("red",)), limits)
    assert "test holds 0.0%" in text
    assert "red: 0% of the sentences are over 60" in text


@pytest.mark.parametrize(("text", "count"), [("红花，开了！", 1), ("一二三四五六", 2), ("，", 1)])
def test_runs_pass_over_punctuation(text: str, count: int) -> None:
    assert len(runs(text)) == count
