from __future__ import annotations

import pytest

from cuoshi.cleaning import clean
from cuoshi.cleaning.chrome import duplicates, furniture, teasers


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("人民网>>山东频道>>要闻", "navigation"),
        ("首页 > 新闻中心 > 正文", "navigation"),
        ("您当前的位置：首页 > 要闻", "navigation"),
        ("返回顶部", "navigation"),
        ("分享让更多人看到", "navigation"),
        ("小字号", "navigation"),
        ("浏览次数：10812次", "navigation"),
        ("【字号 大 中 小】", "navigation"),
        ("上一篇：县里开会", "navigation"),
        ("2022年03月16日09:12 | 来源：某某日报", "metadata"),
        ("来源：某某头条", "metadata"),
        ("原标题：县里开会研究检测工作", "metadata"),
        ("（责编：王一、李二）", "metadata"),
        ("发布时间：2021-08-05 17:40", "metadata"),
        ("永年县| 论坛| 壤塘县| 乐陵市| 彰武县| 龙岩市| 宣恩县| 柳林县|", "spam"),
        ("棋牌娱乐城_彩票投注开户_百家乐平台", "spam"),
        ("福建 | 宁德市 | 蕉城区 | ——", "table"),
        ("版权所有：某某日报社 ICP备05000000号", "footer"),
    ],
)
def test_furniture_is_told_by_its_looks(line: str, reason: str) -> None:
    assert furniture(line) == reason


@pytest.mark.parametrize(
    "line",
    [
        "全县开展三轮核酸检测。",
        "县委书记在调度会上强调",
        "咬紧牙关 持续从严",
        "【中国专家组：防控经验值得借鉴】",
        "关注 | 春耕怎么办",
        "二、物资保障",
        "一是采样，二是转运；三是隔离。",
        "澳门检测能力提升到每天五万人份。",
        "请大家从首页进入预约系统登记采样时间。",
        "严禁转载未经核实的疫情信息，未经许可不得散布。",
        "2022年3月16日，全县新增2例。",
    ],
)
def test_the_article_is_not_furniture(line: str) -> None:
    assert furniture(line) is None


def test_teasers_end_where_whole_paragraphs_come_again() -> None:
    lines = [
        "正文第一段。",
        "推荐阅读",
        "邻县召开会议",
        "邻县今天召开会议，研究检测工作…",
        "本县的正文又开始了。",
        "而且有第二段。",
    ]
    assert teasers(lines, [None] * len(lines)) == [1, 2, 3]


def test_teasers_at_the_end_of_a_page_go_to_its_end() -> None:
    lines = ["正文。", "相关新闻", "邻县召开会议", "邻县的最后一段。"]
    assert teasers(lines, [None] * len(lines)) == [1, 2, 3]


def test_repeated_paragraphs_are_copies_of_the_first() -> None:
    lines = ["全县开展核酸检测。", "是。", "全县开展核酸检测", "是。"]
    assert duplicates(lines, [None] * 4) == {2: 0}


def test_furniture_inside_a_line_is_cut_out_of_it() -> None:
    page = clean("正文到此为止。(责编：王一)【打印本页】 【关闭窗口】")
    assert page.text.string == "正文到此为止。"
    assert [block.dropped for block in page.blocks] == [
        None,
        "metadata",
        "navigation",
        "navigation",
    ]
