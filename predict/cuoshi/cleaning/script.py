"""Rules for script: pinyin beside the character, Traditional for Simplified."""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

from cuoshi.cleaning.rule import Rule
from cuoshi.origins import Edit, difference, substitutions

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ"
PINYIN = rf"[a-zɡ{_TONED}]{{1,6}}"
# `嚴(yán)格`: a reading bears a tone mark; a neutral one (`們(men)`) does not and is left, unless
# the page annotates everywhere.
_READING = re.compile(rf"(?<=[\u4e00-\u9fff])[(（](?=[a-zɡ]{{0,5}}[{_TONED}]){PINYIN}[)）]")
_NEUTRAL = re.compile(r"(?<=[\u4e00-\u9fff])[(（](?:men|de|le|me|zhe|zi|ge|ma|ne|ba)[)）]")


def _pinyin(string: str) -> list[Edit]:
    edits = substitutions(string, _READING, "")
    if len(edits) >= 3:
        edits += substitutions(string, _NEUTRAL, "")
        edits.sort(key=lambda edit: edit.start)
    return edits


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


# What OpenCC leaves of a conversion: 著 for the particle 着, but not where it means to write or
# to be known; 壹 for 一, but not in sums of money; 陜 for 陕.
_WROTE = "名显卓昭土原论巨专译编遗新所合拙撰较"
_WRITTEN = "名称述录于作者书文论译编"
_ZHE = re.compile(f"著(?=[力眼手重实急想陆火落装色墨])|(?<![{_WROTE}《])著(?![{_WRITTEN}])")
_MONEY = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整"
_YI = re.compile(f"(?<![{_MONEY}])壹(?![{_MONEY}])")


def simplify(string: str) -> str:
    """Traditional to Simplified by OpenCC (t2s), conversion leftovers mended.

    A text that OpenCC has nothing to do on keeps its 著 and 壹.
    """
    simple: str = _converter().convert(string)
    if simple != string:
        simple = _YI.sub("一", _ZHE.sub("着", simple))
    return simple.replace("陜", "陕")


def _traditional(string: str) -> list[Edit]:
    return difference(string, simplify(string))


PINYIN_READINGS = Rule("pinyin", _pinyin)
SCRIPT = Rule("traditional", _traditional)
