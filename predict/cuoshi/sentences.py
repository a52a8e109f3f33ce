"""Sentences of cleaned Chinese text.

A sentence ends at 。！？；… with the closing quotes and brackets behind it, and at the end of a
line. It does not end inside a title 《…》. Numbered items that a scraper merged into one line
(`通告如下：一、…二、…`) begin sentences of their own.
"""

from __future__ import annotations

import itertools
import re

SPLITTER_VERSION = 1
"""Goes up when a change of these rules moves any boundary."""

_CLOSERS = "”’」』）)】》〉\"'"
_ENDS = "。！？；…"
_BOUNDARY = re.compile(f"[{_ENDS}]+[{_CLOSERS}]*|\n")
_TITLE = re.compile("《[^《》\n]{0,60}》")
_NUMERALS = {char: i for i, char in enumerate("一二三四五六七八九十", 1)}
_ITEM = re.compile(
    r"(?P<han>[一二三四五六七八九十]{1,3})、"
    r"|[（(](?P<bracket>[一二三四五六七八九十]{1,3})[)）]"
    r"|(?P<digit>\d{1,2})[.．、](?![\d.])"
    r"|[（(](?P<digits>\d{1,2})[)）]"
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """The spans ``[start, end)`` of the sentences in ``text``, in order, stripped, none empty.

    Args:
        text: cleaned Simplified text (full-width punctuation); it may hold several lines.
    """
    titles = [match.span() for match in _TITLE.finditer(text)]
    at = 0
    cuts = {0, len(text)}
    for match in _BOUNDARY.finditer(text):
        while at < len(titles) and titles[at][1] - 1 <= match.start():
            at += 1
        if not (at < len(titles) and titles[at][0] < match.start()):
            cuts |= {match.end()} if match.group() != "\n" else {match.start(), match.end()}
    done = 0
    for line in text.split("\n"):
        cuts |= {done + place for place in items(line)}
        done += len(line) + 1
    ordered = sorted(cuts)
    spans = []
    for start, end in itertools.pairwise(ordered):
        part = text[start:end]
        left, right = len(part) - len(part.lstrip()), len(part.rstrip())
        if left < right:
            spans.append((start + left, start + right))
    return spans


def items(line: str) -> list[int]:
    """Where numbered items begin in a line that holds several.

    The first of a kind must be number one and stand at the start, after a space or after a mark;
    each next one must have the next number. So `第二、`, `一、二级` and `3.5` begin nothing.
    """
    places = []
    last: dict[str, int] = {}
    for match in _ITEM.finditer(line):
        kind = match.lastgroup or ""
        number = _number(match.group(kind))
        before = line[max(0, match.start() - 1) : match.start()]
        clear = before == "" or before in " \u3000。；：！？，…）)”】"
        after = line[match.end() : match.end() + 1]
        counted = before in _NUMERALS or before in "第之十百千、或和" or after in _NUMERALS
        if number == last.get(kind, 0) + 1 and (clear or (number > 1 and not counted)):
            last[kind] = number
            if kind == "han":  # the smaller numbers begin again under each greater one
                last = {"han": number}
            if before:
                places.append(match.start())
        elif number == 1 and clear and kind != "han":
            last[kind] = 1
            places.append(match.start())
    return places


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _NUMERALS.get(tens, 1) * 10 + _NUMERALS.get(ones, 0)
    return _NUMERALS.get(text, 0)
