"""Rules for punctuation: commas that a scraper doubled, half-width marks in Chinese text."""

from __future__ import annotations

import re

from cuoshi.cleaning.rule import Rule
from cuoshi.origins import Edit, substitutions

# `參加活動,。` and `隔離點,、社區`: a comma with another mark behind it says nothing.
_DOUBLED = re.compile("[,，]+(?=[,，、。；;：:！!？?])")

_HAN = "\u4e00-\u9fff"
_WIDE = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？"}
_MARK = re.compile("[,:;!?]")
_URL = re.compile(r"(?:https?|ftp)://[!-~]+|www\.[!-~]+", re.IGNORECASE)
_LEFT = re.compile(f"[{_HAN}，。、；：！？”’》）】」』…]")
_RIGHT = re.compile(f"[{_HAN}“‘《（【「『]")
_BRACKETS = re.compile(rf"\((?=[^()\n]*[{_HAN}])([^()\n]*)\)")


def _doubled(string: str) -> list[Edit]:
    return substitutions(string, _DOUBLED, "")


def _width(string: str) -> list[Edit]:
    """Marks beside a Chinese character are widened, so `09:12`, `1,000` and `a:b` stay.

    Brackets are widened in pairs, where Chinese stands between them: `(COVID)` stays.
    """
    links = [match.span() for match in _URL.finditer(string)]
    at = 0
    edits: list[Edit] = []
    wide = False
    for match in _MARK.finditer(string):
        i = match.start()
        while at < len(links) and links[at][1] <= i:
            at += 1
        follows = wide and edits[-1].end == i  # `?!`: the first was widened, the second follows
        wide = (
            follows or bool(i and _LEFT.match(string[i - 1])) or bool(_RIGHT.match(string, i + 1))
        ) and not (at < len(links) and links[at][0] <= i)
        if wide:
            edits.append(Edit(i, i + 1, _WIDE[match.group()]))
    for match in _BRACKETS.finditer(string):
        edits.append(Edit(match.start(), match.start() + 1, "（"))
        edits.append(Edit(match.end() - 1, match.end(), "）"))
    return sorted(edits, key=lambda edit: edit.start)


DOUBLED = Rule("doubled", _doubled)
WIDTH = Rule("width", _width)
