"""How well byte slips are repaired, and how seldom anything else is: ``cuoshi measure slips``.

Clean sentences are damaged the way `cuoshi.cleaning.slip` describes and cleaned again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

from cuoshi.cleaning.rule import Change
from cuoshi.cleaning.script import simplify
from cuoshi.cleaning.slip import LOST, SLIPS
from cuoshi.origins import Text
from cuoshi.sentences import split_sentences
from cuoshi_train.ngrams import spared

_HALF_WIDTH = str.maketrans("，：；！？（）", ",:;!?()")
_HAN_RUN = re.compile("[\u4e00-\u9fff、。“”《》—…·]{5,}")
SHORT = 4
"""Runs of fewer damaged characters are not counted: too little is left to tell them by."""


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged sentence and what was there.

    Attributes:
        text: the damaged sentence.
        clean: the sentence before, Simplified.
        at: index of the character whose first byte was lost.
        run: how many characters the slip touches.
    """

    text: str
    clean: str
    at: int
    run: int


def damage(sentence: str, traditional: bool, rng: random.Random) -> Damage | None:
    """Lose the first byte of one Han character; None where the sentence has no place for it.

    As on real pages, punctuation is half-width and the text Simplified or Traditional.
    """
    clean = sentence.translate(_HALF_WIDTH)
    page = _traditional().convert(clean) if traditional else clean
    places = [(m.start(), m.end()) for m in _HAN_RUN.finditer(page)]
    if not places or simplify(page) != clean:
        return None
    start, end = rng.choice(places)
    at = rng.choice(
        [i for i in range(start + 1, end - 3) if "\u4e00" <= page[i] <= "\u9fff"] or [0]
    )
    if not at:
        return None
    rest = page[at:end]
    try:
        code = rest.encode("gbk")[1:]
    except UnicodeEncodeError:
        return None
    out = ["?"]
    run = len(rest)
    i = 0
    while i < len(code):
        if code[i] < 0x80:  # a second byte that is ASCII: the reader is in step again
            tail = code[i + 1 :].decode("gbk")
            out.append(chr(code[i]) + tail)
            run = len(rest) - len(tail)
            break
        try:
            out.append(code[i : i + 2].decode("gb18030"))
        except UnicodeDecodeError:
            out.append(rng.choice(("?", "")) if i + 1 == len(code) else "?")
        i += 2
    return Damage(page[:at] + "".join(out) + page[end:], clean, at, run)


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a damaged sentence came out.

    Attributes:
        told: every character is right of which both bytes were left.
        whole: those are right too of which one byte was lost; one that cleaning tells as lost
            (`slip.LOST`) passes.
    """

    told: bool
    whole: bool


def recovered(case: Damage) -> Recovery:
    """Clean a damaged sentence and compare."""
    text = simplify(SLIPS.apply(Text.of(case.text))[0].string)
    if len(text) != len(case.clean):
        return Recovery(False, False)
    wrong = {i for i, (a, b) in enumerate(zip(text, case.clean, strict=True)) if a not in (b, LOST)}
    return Recovery(told=wrong <= {case.at, case.at + case.run - 1}, whole=not wrong)


def false_repairs(texts: Iterable[str]) -> list[tuple[str, list[Change]]]:
    """Undamaged texts that the repair changed, with what it changed."""
    found = []
    for text in texts:
        _, changes = SLIPS.apply(Text.of(text))
        if changes:
            found.append((text, changes))
    return found


def report(texts: Sequence[str], sample: int, seed: int, spare: bool = True) -> str:
    """False repairs on all texts, recovery on a seeded sample of sentences.

    The sample is drawn from one text in eight where ``spare``: those that the character model
    was not counted on.
    """
    wrong = false_repairs(texts)
    number = sum(len(split_sentences(text)) for text in texts)
    unseen = [text for out, text in spared(texts) if out or not spare]
    sentences = [text[start:end] for text in unseen for start, end in split_sentences(text)]
    rng = random.Random(seed)
    lines = [
        f"{len(texts)} texts, {number} sentences: {len(wrong)} false repairs",
        *(f"  {change}" for _, changes in wrong for change in changes),
    ]
    for script, traditional in (("Simplified", False), ("Traditional", True)):
        drawn = rng.sample(sentences, min(sample, len(sentences)))
        cases = [case for s in drawn if (case := damage(s, traditional, rng)) and case.run >= SHORT]
        results = [recovered(case) for case in cases]
        told = sum(result.told for result in results) / max(1, len(results))
        whole = sum(result.whole for result in results) / max(1, len(results))
        lines.append(
            f"{script}: {len(cases)} damaged runs of {SHORT} or more characters: {told:.1%} "
            f"recovered in all characters that still have both bytes, {whole:.1%} in all"
        )
    return "\n".join(lines)
