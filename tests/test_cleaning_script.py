from __future__ import annotations

import pytest

from cuoshi.cleaning import clean
from cuoshi.cleaning.script import simplify


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("切實保障人民群眾身體健康", "切实保障人民群众身体健康"),
        ("著力解決，沿著河堤", "着力解决，沿着河堤"),
        ("著名學者的著作", "著名学者的著作"),
        ("壹是備足試劑", "一是备足试剂"),
        ("補償壹萬元", "补偿壹万元"),
        ("陜西省", "陕西省"),
        ("瞭解裏面的乾糧", "了解里面的干粮"),
    ],
)
def test_traditional_becomes_simplified(page: str, text: str) -> None:
    assert clean(page).text.string == text


def test_simplified_text_keeps_its_characters() -> None:
    assert simplify("他著书立说，卓著功勋，附壹万元") == "他著书立说，卓著功勋，附壹万元"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("嚴(yán)格落實(shí)防控措施", "严格落实防控措施"),
        ("新冠(COVID)檢測(PCR)五公里(km)", "新冠(COVID)检测(PCR)五公里(km)"),
        ("嚴（yán）格", "严格"),
        ("學(xué)生們(men)來(lái)了(le)學(xué)校(xiào)", "学生们来了学校"),
        ("一種算法(le)", "一种算法(le)"),
    ],
)
def test_readings_go_and_other_brackets_stay(page: str, text: str) -> None:
    assert clean(page).text.string == text
