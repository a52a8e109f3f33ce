from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuoshi.sentences import split_sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("先采样。后隔离！够吗？够；好", ["先采样。", "后隔离！", "够吗？", "够；", "好"]),
        ("他问：“够吗？”书记说不够。", ["他问：“够吗？”", "书记说不够。"]),
        ("（采样结束。）转运开始", ["（采样结束。）", "转运开始"]),
        ("真的？！不会吧……走了", ["真的？！", "不会吧……", "走了"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("《谁来采样？怎么采样？》一文刊出。", ["《谁来采样？怎么采样？》一文刊出。"]),
        ("比例3.5%，09:12到，1,000人", ["比例3.5%，09:12到，1,000人"]),
        ("  \n 。 ", ["。"]),
        ("", []),
        (
            "通告如下：一、全员采样，二、居家隔离，三、物资配送",
            ["通告如下：", "一、全员采样，", "二、居家隔离，", "三、物资配送"],
        ),
        (
            "一、采样：（一）分区采样（二）应检尽检二、隔离：（一）转运",
            ["一、采样：", "（一）分区采样", "（二）应检尽检", "二、隔离：", "（一）转运"],
        ),
        ("任务： 1.采样 2.隔离 3.配送", ["任务：", "1.采样", "2.隔离", "3.配送"]),
        ("一是采样，二是隔离", ["一是采样，二是隔离"]),
        ("第二、三季度和一、二级响应", ["第二、三季度和一、二级响应"]),
        ("增长3.5个百分点，比2.4高", ["增长3.5个百分点，比2.4高"]),
    ],
)
def test_boundaries(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text("检测。！？；…”’）》《“（\n 一二三、1.2,，", max_size=60))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    spans = split_sentences(text)
    assert all(a < b for a, b in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert "".join("".join(split(text)).split()) == "".join(text.split())
