"""The noise of real pages, put into clean text by a seeded hand: every kind of `data/README.md`.

Each kind takes a clean sentence and a random generator and gives the sentence as a page might
show it. What stands around an article (navigation, footers, copies) is put around all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

import opencc

Kind = Callable[[str, random.Random], str]

_HALF = str.maketrans("，：（）；！？", ",:();!?")
_PINYIN = {"严": "yán", "实": "shí", "检": "jiǎn", "隔": "gé", "离": "lí", "应": "yīng", "责": "zé"}
_BEFORE = "人民网>>某频道>>要闻\n浏览次数:10812次\n【字号 大 中 小】\n"
_AFTER = "\n(责编:某某、某某)\n分享让更多人看到\n推荐阅读\n返回顶部\n"
_SPAM = "\n" + "".join(f"{name}县\\| 论坛\\| " for name in ("永年", "壤塘", "平塘", "炉霍") * 8)


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def half_width(text: str, rng: random.Random) -> str:
    """Half-width punctuation for full-width."""
    return text.translate(_HALF)


def traditional(text: str, rng: random.Random) -> str:
    """Mainland text converted to Traditional script."""
    return str(_traditional().convert(text))


def pinyin(text: str, rng: random.Random) -> str:
    """Pinyin in parentheses after a character."""
    return "".join(c + (f"({_PINYIN[c]})" if c in _PINYIN else "") for c in text)


def doubled_comma(text: str, rng: random.Random) -> str:
    """A comma before other punctuation."""
    return "".join(("," if c in "，、。；" and rng.random() < 0.3 else "") + c for c in text)


def byte_slip(text: str, rng: random.Random) -> str:
    """One lead byte of the GBK encoding lost, the rest of the run shifted."""
    if len(text) < 12:
        return text
    start = rng.randrange(2, len(text) - 8)
    run = text[start : start + rng.randint(4, 7)]
    try:
        shifted = run.encode("gb18030")[1:]
        slipped = shifted[:-1].decode("gb18030")
    except UnicodeError:
        return text
    return f"{text[:start]}?{slipped}?{text[start + len(run) :]}"


def html(text: str, rng: random.Random) -> str:
    """Remains of HTML."""
    place = rng.randrange(len(text) + 1)
    return f'{text[:place]}<strike id="qc0qw"></strike>&nbsp;{text[place:]}'


def spaces(text: str, rng: random.Random) -> str:
    """Stray spaces round commas."""
    return text.replace("，", " , ")


KINDS: dict[str, Kind] = {
    "half-width punctuation": half_width,
    "Traditional script": traditional,
    "pinyin": pinyin,
    "doubled commas": doubled_comma,
    "byte slip": byte_slip,
    "HTML residue": html,
    "stray spaces": spaces,
}
AROUND: dict[str, Callable[[str], str]] = {
    "navigation": lambda text: _BEFORE + text + _AFTER,
    "spam footer": lambda text: text + _SPAM,
    "body repeated": lambda text: f"{text}\n{text}",
}
EVERYTHING = "all together"


def corrupted(text: str, kinds: Sequence[str], seed: int) -> str:
    """A sentence as an article with these kinds of noise."""
    rng = random.Random(f"{seed} {text}")
    for kind in kinds:
        if kind in KINDS:
            text = KINDS[kind](text, rng)
    for kind in kinds:
        if kind in AROUND:
            text = AROUND[kind](text)
    return text
