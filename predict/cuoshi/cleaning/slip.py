"""Repair of GBK byte slips.

A GBK character is two bytes. Where a careless program drops the first byte of one, every
following pair is read one byte late: `確保科學` (B4 5F  B1 A3  BF C6  8C 57) without B1 becomes
`確？茖W`. A question mark stands where it began; the run ends at the first character whose
second byte lies in ASCII (the `W`), or where single bytes come again, and then half a
character is left over.

The lost byte is one of 126. Each is put in front of the run's bytes and the reading that scores
best by the trigrams of `cuoshi.ngrams` is taken, if it beats the damaged text clearly. A program
that inserted pinyin into the bytes of the page is one that causes slips, so the end of a reading
(`?shù)匾咔榉` for 地疫情防) and readings inside the run are passed over.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from cuoshi.cleaning.rule import Rule
from cuoshi.cleaning.script import PINYIN, simplify
from cuoshi.cleaning.slip_bytes import MARK, MARKS, READING, SHARES, Run, character, decoded, runs
from cuoshi.ngrams import PUNCTUATION, CharacterModel, character_model
from cuoshi.origins import Edit

log = logging.getLogger(__name__)

# A stretch that is not Chinese punctuation behaving well: mark, optional tail of a reading, run.
_ANCHOR = re.compile(
    rf"[?？\ufffd](?:{PINYIN}[)）])?(?=[?？\ufffd]?[^\x00-\x7f\s，。、；：！“”《》（）])"
)
_LEADS = range(0x81, 0xFF)
_TRAILS = [*range(0x40, 0x7F), *range(0x80, 0xFF)]
LOST = "□"
"""Stands for a character of which half is lost and that the context does not tell."""

CLEARLY = 5.0
"""How much better, in nats, the mended text must score than the damaged one."""
NATURAL = -16.0
"""The least score per character that a repaired run may have: running text has -4 to -6."""
EASY = -5.0
"""Three characters behind a mark that score more than this each are no slip."""
DOUBT = 2.0
"""The lead of the best over the second best reading of a half-lost character, in nats."""
TYPICAL = 6.0
"""What a character of running text costs, in nats: so that readings of other lengths compare."""
LEAST = 2
"""Whole characters that a run without a clear end must hold: `？答` is a question answered."""
ODD = 6.0
"""What a mark, a stray letter or a lost character amid Chinese costs, in nats."""
WORK = 800_000
"""What the search for slips may cost in one article, in characters that are scored: some seconds.

Real pages need a hundredth of it, a page stuffed with false slips would take minutes."""
TRY = 200
"""What one mark costs besides the bytes of its runs."""
CHEAP = 8
"""So many bytes of a run cost as much as one of the characters that are scored by themselves."""


class Budget:
    """How much work is left for the slips of one article; the first refusal is logged."""

    def __init__(self, work: int = WORK) -> None:
        self._left = work

    def spend(self, work: int) -> bool:
        """Whether there is so much left; it is taken."""
        if self._left < 0:
            return False
        self._left -= work
        if self._left < 0:
            log.warning("too many marks that may be slipped bytes: the rest are left as they are")
            return False
        return True


def _likeliest(
    codes: Iterable[bytes], before: str, after: str, model: CharacterModel
) -> tuple[str, float]:
    """The character, of those the codes stand for, that fits between its neighbours best.

    Returns it with its lead over the second best in nats; ("", 0) where none is Han or punctuation.
    """
    chars = {char for code in codes if (char := character(code))}
    if not chars:
        return "", 0.0
    ordered = sorted(chars)
    scores = model.log_probabilities([char + after[:2] for char in ordered], before)
    scores += np.log([SHARES.get(char, 1.0) for char in ordered])
    best = int(scores.argmax())
    others = np.delete(scores, best)
    return ordered[best], float(scores[best] - others.max()) if len(others) else float("inf")


def _reading(run: Run, before: str, after: str, model: CharacterModel) -> str:
    """The best reading of a run with the lost byte put back, or "" where none is natural.

    The lost byte tells only the first character; the others follow from the bytes at hand. With
    an even number of these the last byte is half a character too.
    """
    half = len(run.bytes) % 2 == 0
    known = decoded(run.bytes[1:-1] if half else run.bytes[1:])
    if known is None or len(known) < (LEAST if half else 1):
        return ""
    if model.log_probability(known) / len(known) < NATURAL:
        return ""
    codes = [bytes((lead, run.bytes[0])) for lead in _LEADS]
    if run.bytes.startswith(MARK):  # else any question mark would do for a full stop
        codes = [code for code in codes if character(code) not in SHARES]
    first, _ = _likeliest(codes, before, known, model)
    text = first + known
    if not first or not half:
        return text if first else ""
    codes = [bytes((run.bytes[-1], trail)) for trail in _TRAILS]
    last, lead = _likeliest(codes, (before + text)[-2:], after, model)
    return text + (last if lead >= DOUBT else LOST)


def _score(text: str, before: str, model: CharacterModel) -> float:
    """Log probability of Chinese text in which nothing else should stand."""
    odd = sum(char in MARKS or char == LOST or "!" <= char <= "~" for char in text)
    return model.log_probability(text, before) + TYPICAL * len(text) - ODD * odd


def repair(string: str, anchor: int, start: int, budget: Budget | None = None) -> Edit | None:
    """The edit that mends a slip whose mark is at ``anchor`` and whose run begins at ``start``.

    None where no reading beats the text as it stands, or where the budget is used up.
    """
    model = character_model()
    first = start + (string[start : start + 1] in tuple(MARKS))
    near = simplify(string[first : first + 3])
    if _score(near, PUNCTUATION, model) > (EASY + TYPICAL) * len(near):
        return None
    if budget and not budget.spend(TRY):
        return None
    before = simplify(READING.sub("", string[max(0, anchor - 18) : anchor]))[-2:]
    readings = runs(string, start)
    if budget and not budget.spend(sum(len(run.bytes) for run in readings) // CHEAP):
        return None
    limit = max((run.end for run in readings), default=start) + 2
    damaged = _score(simplify(READING.sub("", string[anchor:limit])), before, model)
    best: tuple[float, Edit | None] = (damaged + CLEARLY, None)
    for run in readings:
        rest = string[run.end : limit]
        # The end of a run leaves half a character, which some programs write as another mark.
        mark = rest[:1] in MARKS and rest != "" and len(run.bytes) % 2 == 0
        text = _reading(run, before, rest[mark:], model)
        score = _score(text + rest[mark:], before, model)
        if text and score > best[0]:
            best = (score, Edit(anchor, run.end + mark, text))
    return best[1]


_BOTH_LOST = re.compile(
    rf"[{MARKS}]{PINYIN}[)）][{MARKS}](?P<reading>{PINYIN})[)）](?:$|(?![{MARKS}]))"
)
_READ = re.compile(rf"([\u4e00-\u9fff])[(（]({PINYIN})[)）]")


def _annotated(string: str) -> dict[str, set[str]]:
    """The characters that a page annotates with each reading, simplified."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for char, reading in _READ.findall(string):
        found[reading].add(char)
    return {reading: {simplify(char) for char in chars} for reading, chars in found.items()}


def _by_reading(string: str, match: re.Match[str], annotated: Mapping[str, set[str]]) -> str:
    """A character of which only the reading is left (`日?qǐng)?bào)` for 日報).

    The page itself tells which characters it annotates with that reading.
    """
    before = simplify(READING.sub("", string[max(0, match.start() - 18) : match.start()]))[-2:]
    model = character_model()
    return max(
        sorted(annotated.get(match["reading"], ())),
        key=lambda char: model.log_probability(char, before),
        default=LOST,
    )


def _slips(string: str, budget: Budget) -> list[Edit]:
    both = list(_BOTH_LOST.finditer(string))
    if both:  # what is left is looked at in the next pass
        annotated = _annotated(string)
        return [
            Edit(match.start(), match.end(), _by_reading(string, match, annotated))
            for match in both
        ]
    edits: list[Edit] = []
    done = 0
    for match in _ANCHOR.finditer(string):
        if match.start() < done:
            continue
        edit = repair(string, match.start(), match.end(), budget)
        if edit:
            edits.append(edit)
            done = edit.end
    return edits


def _mending() -> Rule:
    budget = Budget()
    return Rule("byte-slip", lambda string: _slips(string, budget))


SLIPS = Rule("byte-slip", lambda string: _slips(string, Budget()), _mending)
"""One budget for all passes over an article."""
