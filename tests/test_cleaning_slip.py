from __future__ import annotations

import random

import pytest

from cuoshi.cleaning import clean
from cuoshi.cleaning.slip import SLIPS
from cuoshi.origins import Text


def mended(page: str) -> str:
    return SLIPS.apply(Text.of(page))[0].string


@pytest.mark.parametrize(
    ("page", "clean_text"),
    [
        ("確?茖W消殺、全面消殺", "确保科学消杀、全面消杀"),
        ("指導,確?茖W(xué)消殺、全面消殺", "指导，确保科学消杀、全面消杀"),
        ("當?shù)匾咔榉揽孛媾R的突出問題", "当地疫情防控面临的突出问题"),
        ("當(dāng)?shù)匾咔榉揽孛媾R的突出問題", "当地疫情防控面临的突出问题"),
        ("暫?？瓦\\班線和集市", "暂停客运班线和集市"),
        ("全域?嵭械缆方煌ü苤,各卡口照常", "全域实行道路交通管制，各卡口照常"),
        # Pairs of bytes that GBK reads as private use.
        ("县里连夜发布通?妫\ue0ed\ue026?各单位抓好落实", "县里连夜发布通告，要求各单位抓好落实"),
        ("全市共排查密切接?フ呔攀\ue1aa?人", "全市共排查密切接触者九十余人"),
        # Punctuation of which half is lost.
        ("社区通知居民错峰采样?\ue76b词比”?告", "社区通知居民错峰采样、按时取报告"),
        # A last character that only the text behind its mark tells.
        ("卫健部门组织全员?怂峒觳猓?当天出结果", "卫健部门组织全员核酸检测，当天出结果"),
    ],
)
def test_the_known_slips_are_repaired(page: str, clean_text: str) -> None:
    assert clean(page).text.string == clean_text


def test_private_use_elsewhere_goes() -> None:
    assert clean("有疑问\uf128请拨打\ue601热线电话").text.string == "有疑问请拨打热线电话"


def test_offsets_of_a_repaired_run_cover_it() -> None:
    page = "要確?茖W消殺"
    text = clean(page).text
    at = text.string.index("保科学")
    start, end = text.span(at, at + 3)
    assert page[start:end] == "?茖W"


def test_a_character_of_which_only_the_reading_is_left_is_told_by_the_page() -> None:
    page = "本報(bào)訊 昨日,記者(zhě)來(lái)到社區。來(lái)源:陜西日?qǐng)?bào)"
    assert clean(page).text.string.endswith("陕西日报")


@pytest.mark.parametrize(
    "text",
    [
        "怎么办?我们要做好防控。",
        "真的吗？不行，明天还得再来一次。",
        "什么?“我”也要去?",
        "好?他们都走了,门还开着。",
        "核酸结果出来了吗？彝族老乡蹇师傅问。",
        "龘靐齉?爨底下村的鳌拜",
        "谁来采样？答：由社区统一安排。",
        "怎么去？难。",
        "???",
        "?",
        "价格为?元",
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    assert mended(text) == text


def test_what_no_reading_makes_natural_is_left() -> None:
    assert mended("乱?爨龘靐齉麤") == "乱?爨龘靐齉麤"


def test_damage_of_written_sentences_is_mostly_repaired() -> None:
    from cuoshi_train.slips import damage, recovered

    sentences = [
        "各地要加快建设集中观察点并配齐工作人员,确保转运不过夜。",
        "市场监管部门连日检查药店和超市的价格,对囤积的商户当场立案。",
        "第三轮采样从清晨六点开始,到中午已有十二万居民完成检测。",
        "镇里给每户发了一袋米、两棵白菜和一箱鸡蛋,由网格员送到门口。",
        "会议决定对工作不力的单位通报批评,并责令三日内整改到位。",
    ]
    rng = random.Random(1)
    cases = [
        case
        for sentence in sentences
        for traditional in (False, True)
        for _ in range(10)
        if (case := damage(sentence, traditional, rng)) and case.run >= 4
    ]
    assert len(cases) > 40
    assert sum(recovered(case).told for case in cases) / len(cases) >= 0.85
