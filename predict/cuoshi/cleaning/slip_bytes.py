"""The bytes behind slipped text: where a run of them may end, and the Chinese they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cuoshi.cleaning.script import PINYIN, simplify

READING = re.compile(rf"[(（]{PINYIN}[)）]")
MARKS = "?？\ufffd"
MARK = "？".encode("gbk")
_GOOD = re.compile("[\u4e00-\u9fff，。、；：！？“”‘’《》（）—…·％０-９Ａ-Ｚａ-ｚ]*")
SHARES = {
    "，": 0.45,
    "。": 0.2,
    "、": 0.2,
    "“": 0.04,
    "”": 0.04,
    "：": 0.03,
    "；": 0.01,
    "《": 0.01,
    "》": 0.01,
}
"""Punctuation of which half may be lost, and about its share of all punctuation in running text:
`cuoshi.ngrams` tells none of it from another."""
_HALF = re.compile(f"[\u4e00-\u9fff{''.join(SHARES)}]")
LONGEST = 1000
"""Characters of a run that are looked at."""
STEPS = 8
"""Marks inside a run at which it is tried to end it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes of the text from an anchor on, and where the text they came from ends."""

    bytes: bytes
    end: int


def _encoded(char: str) -> bytes:
    try:
        code = char.encode("gb18030")
    except UnicodeEncodeError:
        return b""
    return code if len(code) == 2 else b""


def runs(string: str, start: int) -> list[Run]:
    """The ways to read the run at ``start``: where it may end, and with or without a `？`.

    The mark at the anchor is itself a character where two marks were folded into one.
    """
    heads = [(b"", start)]
    if start < len(string) and string[start] in MARKS:
        heads = [(MARK, start + 1)]
    elif string[start - 1] in MARKS:
        heads.append((MARK, start))
    found = []
    last = min(len(string), start + LONGEST)
    for code, i in heads:
        steps = 0
        while i < last:
            reading = READING.match(string, i)
            if reading and code:
                i = reading.end()
                continue
            char = string[i]
            pair = _encoded(char)
            if not pair:
                if "@" <= char <= "~" and code:  # the second byte of the last character
                    found.append(Run(code + char.encode(), i + 1))
                break
            if char in "，。、；：" and len(code) > 1 and steps < STEPS:
                found.append(Run(code, i))  # in step again, or so it seems
                steps += 1
            code, i = code + pair, i + 1
        found.append(Run(code, i))
    return [run for run in found if len(run.bytes) >= 2]


def decoded(code: bytes) -> str | None:
    """The Chinese text of the bytes, simplified; None where they are anything else."""
    try:
        text = code.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return simplify(text) if _GOOD.fullmatch(text) else None


@lru_cache(maxsize=2**15)
def character(code: bytes) -> str | None:
    """The Han character or punctuation of two bytes, simplified."""
    char = decoded(code)
    return char if char and _HALF.fullmatch(char) else None
