from __future__ import annotations

import pytest

from cuoshi.cleaning import clean


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("\ufeff检\x00测\u200b点\u202e", "检测点"),
        ("第一行\r\n第二行\r第三行", "第一行\n第二行\n第三行"),
        ("检\ud800测", "检测"),
        ("å¤§å®¶å¥½ 检测", "大家好 检测"),
        ("检测点——“一米线”……", "检测点——“一米线”……"),
    ],
)
def test_controls_and_mojibake(page: str, text: str) -> None:
    assert clean(page).text.string == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('全县<strike id="qc0qw"></strike>检测', "全县检测"),
        ("全县&nbsp;&nbsp;检测&amp;隔离", "全县 检测&隔离"),
        ("全县<!-- 广告 -->检测<script>alert(1)</script>", "全县检测"),
        (".nav{color:red;width:1px}全县检测", "全县检测"),
        ("检出率<5%，阴性>95%", "检出率<5%，阴性>95%"),
        ("<O:P></O:P>全县检测<br/>", "全县检测"),
    ],
)
def test_markup_residue_goes(page: str, text: str) -> None:
    assert clean(page).text.string == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("随意出入 , 值守人员", "随意出入，值守人员"),
        ("疫 情 防 控 通 告", "疫情防控通告"),
        ("全面落实措施 推动形势好转", "全面落实措施 推动形势好转"),
        ("\u3000\u3000全县\u3000检测  开始 ", "全县 检测 开始"),
        ("通告如下： 一、全员检测", "通告如下： 一、全员检测"),
        ("PCR test kit 到货", "PCR test kit 到货"),
    ],
)
def test_stray_spaces(page: str, text: str) -> None:
    assert clean(page).text.string == text
