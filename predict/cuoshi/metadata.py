"""Title, date, source and place, as far as an article states them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cuoshi.cleaning import Block
from cuoshi.cleaning.chrome import META

_HAN = "\u4e00-\u9fff"
_DATE = re.compile(r"(?P<y>(?:19|20)\d\d)\s*[年/.-]\s*(?P<m>\d{1,2})\s*[月/.-]\s*(?P<d>\d{1,2})日?")
_SOURCE = re.compile(r"来源\s*[:：]\s*(?P<s>[^\s|｜（(:：]{2,30})")
_TITLE = re.compile(r"原标题\s*[:：]\s*(?P<t>.+)")
_DATELINE = re.compile(
    rf"(?:(?P<agency>新华社|中新社|中新网|本报|人民网|央视网|央广网|光明网|[{_HAN}]{{2,6}}(?:日报|晚报|新闻网))"
    rf"(?P<place>[{_HAN}]{{2,6}}?)?\s?(?:(?P<m>\d{{1,2}})月)?(?P<d>\d{{1,2}})日(?:电|讯))"
    r"|(?:本报讯|讯)[^\d。]{0,20}(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日"
)
_SENTENCE = re.compile("[。！？；…]")
LOOK = 12
"""Blocks at the head of a page that may hold its title and dateline."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of its article.

    Attributes:
        title, source, place: as stated, cleaned.
        date: ISO 8601 (`2022-03-16`), or `--03-16` where no year is stated.
    """

    title: str | None = None
    date: str | None = None
    source: str | None = None
    place: str | None = None


def find_metadata(blocks: Sequence[Block]) -> Metadata:
    """Read the metadata off a cleaned page's blocks, dropped ones included."""
    strings = [block.text.string for block in blocks]
    meta = [block.text.string for block in blocks if block.dropped == META]
    kept = [block.text.string for block in blocks if block.dropped is None]
    title = next((match["t"] for text in meta if (match := _TITLE.match(text))), None)
    if (
        title is None
        and len(kept) > 1
        and len(kept[0]) <= 80
        and not _SENTENCE.search(kept[0][:-1])
    ):
        title = kept[0]
    source = next((match["s"] for text in strings if (match := _SOURCE.search(text))), None)
    date, place = None, None
    for text in [*meta, *strings[:3]]:
        if match := _DATE.search(text):
            date = _iso(match["y"], match["m"], match["d"])
            break
    for text in kept[:LOOK]:
        if match := _DATELINE.search(text[:80]):
            place = match["place"]
            month, day = match["m"] or match["m2"], match["d"] or match["d2"]
            date = date or (_iso(None, month, day) if month else None)
            break
    return Metadata(title, date, source, place)


def _iso(year: str | None, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{year or '-'}-{int(month):02}-{int(day):02}"
