from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cuoshi.cleaning import clean
from cuoshi.cleaning.rule import Change

# Pieces of real pages, so that random joins meet every rule.
PIECES = st.sampled_from(
    [
        *"县区要落实采样隔离站长国会议嚴隔離點點著壹陜着一的了 \u3000\t\n\r\x00\ufeff\u200b,,、。,；;:：!?？…()（）《》“”|",
        *"aZ09ǎqǐ<>&;#{}.-_@\ufffd□ü\ue001\ud800",
        "嚴(yán)格",
        "落實(shí)",
        "(COVID)",
        "&nbsp;",
        "&amp;lt;p&amp;gt;",
        '<strike id="qc0qw"></strike>',
        "<script>a</script>",
        "?茖W",
        "當(dāng)?shù)匾咔榉揽孛媾R的",
        "?shù)",
        "日?qǐng)?bào)",
        "2022年03月16日09:12",
        "1,000",
        "http://a.cn/?x=1,2",
        "推荐阅读\n",
        "【字号 大 中 小】",
        "(责编:王一)",
        "永年县| 论坛| 壤塘县| ",
        "一、",
        "（二）",
        "隨意出入 , 值守人員",
        "疫 情 防 控",
        "切實保障人民群眾身體健康,。",
        "å¤§å®¶å¥½",
        ".a{color:red}",
        "全县开展三轮核酸检测，做到应检尽检。",
        "\n",
    ]
)
PAGES = st.lists(PIECES, max_size=24).map("".join)


@settings(max_examples=400, deadline=None)
@given(PAGES)
@example("&amp;lt;p&amp;gt;")
def test_cleaning_twice_is_cleaning_once(page: str) -> None:
    once = clean(page).text.string
    assert clean(once).text.string == once


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_offsets_point_at_characters_of_the_input_and_never_go_back(page: str) -> None:
    cleaned = clean(page)
    for block in cleaned.blocks:
        starts, ends = block.text.starts, block.text.ends
        assert np.all(starts >= 0)
        assert np.all(starts < ends)
        assert np.all(ends <= len(page))
        assert np.all(np.diff(starts) >= 0)
        assert np.all(np.diff(ends) >= 0)


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_a_han_character_that_stays_the_same_points_at_itself(page: str) -> None:
    for block in clean(page).blocks:
        for char, start, end in zip(
            block.text.string, block.text.starts, block.text.ends, strict=True
        ):
            if end - start == 1 and "\u4e00" <= page[start] <= "\u9fff":
                assert "\u4e00" <= char <= "\u9fff" or char == "□"


TIDY = [
    "全县开展三轮核酸检测，做到应检尽检、不漏一人。",
    "“隔离点够不够？”县长问（他昨晚刚从镇上回来）。",
    "2022年3月16日9:12，第1,000名居民完成采样；比例为3.5%。",
    "《关于做好防控工作的通知》（第7号）印发！",
    "（COVID-19）疫情以来，PCR实验室由2家增至5家。",
    "著名学者的著作显著影响了他，壹佰元整。",
    "详见https://example.cn/a?b=1,2。",
    "张三 李四 摄影 王五",
]


@pytest.mark.parametrize("text", TIDY)
def test_tidy_text_stays(text: str) -> None:
    assert clean(text).text.string == text
    assert not clean(text).changes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(TIDY), min_size=1, max_size=6, unique=True))
def test_tidy_pages_change_only_their_punctuation_width(lines: list[str]) -> None:
    page = "\n".join(lines)
    assert clean(page).text.string == page
    half = page.translate(str.maketrans("，：；！？", ",:;!?"))
    assert {change.rule for change in clean(half).changes} <= {"width"}
    assert clean(half).text.string == page


def test_changes_say_what_was_there() -> None:
    cleaned = clean("嚴(yán)格")
    assert cleaned.text.string == "严格"
    assert Change("pinyin", 1, 6, "(yán)", "") in cleaned.changes
    assert Change("traditional", 0, 1, "嚴", "严") in cleaned.changes


def test_what_is_left_out_keeps_its_place() -> None:
    page = "首页\n全县开展检测。\n全县开展检测。\n返回顶部"
    cleaned = clean(page)
    assert cleaned.text.string == "全县开展检测。"
    for block in cleaned.blocks:
        start, end = block.text.span(0, len(block.text))
        assert page[start:end] == block.text.string
    assert [block.dropped for block in cleaned.blocks] == [
        "navigation",
        None,
        "duplicate",
        "navigation",
    ]
    assert cleaned.blocks[2].copy_of == 1


def test_only_what_trafilatura_keeps_of_a_page() -> None:
    cleaned = clean("正文第一段，讲检测。\n旁边的栏目", main="正文第一段讲检测")
    assert [block.dropped for block in cleaned.blocks] == [None, "boilerplate"]
