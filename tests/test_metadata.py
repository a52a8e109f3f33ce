from __future__ import annotations

import pytest

from cuoshi.cleaning import clean
from cuoshi.metadata import Metadata, find_metadata


@pytest.mark.parametrize(
    ("page", "metadata"),
    [
        (
            "县里召开调度会\n2022年03月16日09:12 | 来源:某某日报客户端\n原标题:县里召开疫情调度会\n正文。",
            Metadata("县里召开疫情调度会", "2022-03-16", "某某日报客户端", None),
        ),
        ("县里开会\n本報訊 12月28日,县里开会。", Metadata("县里开会", "--12-28", None, None)),
        (
            "某部部署保供\n新华社北京1月28日电 (记者 某某)部里部署保供。",
            Metadata("某部部署保供", "--01-28", None, "北京"),
        ),
        ("只有正文，没有别的。", Metadata()),
    ],
)
def test_what_a_page_says_of_itself(page: str, metadata: Metadata) -> None:
    assert find_metadata(clean(page).blocks) == metadata
