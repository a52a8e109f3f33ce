"""Noise in training: what the cleaner leaves in, and what the splitter cuts wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from cuoshi.articles import clean_sentence
from cuoshi.reading import Article
from cuoshi_train.dataset import Example
from cuoshi_train.evaluation.corruption import byte_slip

_HALF = str.maketrans("，。；：！？（）", ",.;:!?()")
_BEFORE = ("■ ", "来源：本网 ", "▲ ", "1、", "字号：大 中 小 ", "> ", "图为：", "(记者 陈) ")
_AFTER = ("(责编：林)", " 分享到：", "【1】", " 查看原文", "(完)", "…", " |", "　")

Spans = dict[str, tuple[tuple[int, int], ...]]


def roughened(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """The examples, a share of them with one kind of noise each; evidence moves along."""
    rng = random.Random(seed)
    kinds = (_half_width, _dropped, _before, _after, _cut, _slipped, _slipped)
    return [rng.choice(kinds)(e, rng) if rng.random() < share else e for e in examples]


def _half_width(example: Example, rng: random.Random) -> Example:
    return replace(example, text=example.text.translate(_HALF))


def _removed(example: Example, start: int, end: int) -> Example:
    """Without some characters, none of which is evidence."""
    gone = end - start
    spans: Spans = {
        label: tuple((a - gone, b - gone) if a >= end else (a, b) for a, b in pieces)
        for label, pieces in example.evidence.items()
    }
    return replace(example, text=example.text[:start] + example.text[end:], evidence=spans)


def _dropped(example: Example, rng: random.Random) -> Example:
    kept = [span for pieces in example.evidence.values() for span in pieces]
    free = [i for i in range(len(example.text)) if not any(a <= i < b for a, b in kept)]
    for i in sorted(rng.sample(free, min(len(free), 1 + len(free) // 25)), reverse=True):
        example = _removed(example, i, i + 1)
    return example


def _before(example: Example, rng: random.Random) -> Example:
    added = rng.choice(_BEFORE)
    spans: Spans = {
        label: tuple((a + len(added), b + len(added)) for a, b in pieces)
        for label, pieces in example.evidence.items()
    }
    return replace(example, text=added + example.text, evidence=spans)


def _after(example: Example, rng: random.Random) -> Example:
    return replace(example, text=example.text + rng.choice(_AFTER))


def _cut(example: Example, rng: random.Random) -> Example:
    """Up to a third off the end, behind all evidence."""
    needed = max((b for pieces in example.evidence.values() for _, b in pieces), default=0)
    least = max(needed, len(example.text) * 2 // 3, 1)
    return replace(example, text=example.text[: rng.randint(least, max(least, len(example.text)))])


def _slipped(example: Example, rng: random.Random) -> Example:
    """A run that lost a byte, as well as the cleaner can mend it; evidence in it is all of it."""
    old = example.text
    new = clean_sentence(Article("", "", byte_slip(old, rng))).string
    least = min(len(old), len(new))
    before = next((i for i in range(least) if old[i] != new[i]), least)
    after = next((i for i in range(least - before) if old[-1 - i] != new[-1 - i]), least - before)
    changed = range(before, len(old) - after)

    def start(place: int) -> int:
        return before if place in changed else place + (len(new) - len(old)) * (place >= before)

    def end(place: int) -> int:
        return len(new) - after if place - 1 in changed else start(place - 1) + 1

    spans: Spans = {
        label: tuple((start(a), max(end(b), start(a) + 1)) for a, b in pieces)
        for label, pieces in example.evidence.items()
    }
    return replace(example, text=new, evidence=spans)
