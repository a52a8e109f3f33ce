from __future__ import annotations

import pytest

from cuoshi.cleaning import clean


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("他强调,要以更强担当、更实作风", "他强调，要以更强担当、更实作风"),
        ("发布会(第三场)开始:请提问!", "发布会（第三场）开始：请提问！"),
        ("2022年03月16日09:12开会", "2022年03月16日09:12开会"),
        ("接种1,000,000剂", "接种1,000,000剂"),
        ("共1.2万份,合格", "共1.2万份，合格"),
        ("见http://a.cn/b?c=1,2:3", "见http://a.cn/b?c=1,2:3"),
        ("ratio a:b, ok", "ratio a:b, ok"),
        ("电话:12345;地址:城北", "电话：12345；地址：城北"),
        ("真的?!不会吧?", "真的？！不会吧？"),
        ("到10时,全部完成", "到10时，全部完成"),
        ("检测(PCR)和(一)组", "检测(PCR)和（一）组"),
    ],
)
def test_marks_beside_chinese_are_full_width(page: str, text: str) -> None:
    assert clean(page).text.string == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("隔离点,、社区", "隔离点、社区"),
        ("防控策略,,研究", "防控策略，研究"),
        ("参加活动,。", "参加活动。"),
        ("一线,,、后方,;", "一线、后方；"),
        ("共1,234例", "共1,234例"),
    ],
)
def test_doubled_commas_go(page: str, text: str) -> None:
    assert clean(page).text.string == text
