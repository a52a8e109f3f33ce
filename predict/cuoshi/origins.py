"""Text whose every character knows where it came from.

Cleaning rewrites a page many times: markup goes, Traditional becomes Simplified, a shifted
run of bytes is decoded again. `Text` carries through all of it, for each character, the span
``[start, end)`` of the original input that it stands for. Spans are counted in characters
(Python string indices) of the decoded input, never in bytes.

A replacement of the same length keeps its characters one to one. Any other replacement lets each
new character stand for the whole span that was replaced. Deleted characters are simply no
longer pointed at. Starts and ends are therefore never decreasing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import overload

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int32]
PAIRS = 60_000
"""Equal characters of two strings, each with each, up to which difflib aligns them."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``text[start:end]`` (indices of the text edited) by ``new``."""

    start: int
    end: int
    new: str = ""


class Text(Sequence[str]):
    """An immutable string with the origin of each character.

    Args:
        string: the characters.
        starts, ends: arrays of shape (len(string),), the origin spans.
    """

    __slots__ = ("ends", "starts", "string")

    def __init__(self, string: str, starts: Offsets, ends: Offsets) -> None:
        if not len(string) == len(starts) == len(ends):
            raise ValueError(f"{len(string)} characters, {len(starts)} starts, {len(ends)} ends")
        self.string = string
        self.starts = starts
        self.ends = ends

    @classmethod
    def of(cls, string: str) -> Text:
        """The text of an input nobody has touched yet: character i stands for [i, i+1)."""
        starts = np.arange(len(string), dtype=np.int32)
        return cls(string, starts, starts + 1)

    def __len__(self) -> int:
        return len(self.string)

    def __str__(self) -> str:
        return self.string

    def __repr__(self) -> str:
        where = self.span(0, len(self)) if self.string else None
        return f"Text({self.string!r} from {where})"

    def __iter__(self) -> Iterator[str]:
        return iter(self.string)

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> Text: ...
    def __getitem__(self, key: int | slice) -> str | Text:
        if isinstance(key, int):
            return self.string[key]
        return Text(self.string[key], self.starts[key], self.ends[key])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original input that ``self[start:end]`` stands for.

        An empty range gives an empty span at the place where it lies.
        """
        if start < end:
            return int(self.starts[start]), int(self.ends[end - 1])
        if start < len(self):
            place = int(self.starts[start])
        else:
            place = int(self.ends[-1]) if self.string else 0
        return place, place

    def edit(self, edits: Iterable[Edit]) -> Text:
        """Apply edits, which must be in order and must not overlap.

        Raises:
            ValueError: where they do.
        """
        strings: list[str] = []
        starts: list[Offsets] = []
        ends: list[Offsets] = []
        done = 0
        for edit in edits:
            if not done <= edit.start <= edit.end <= len(self):
                raise ValueError(f"edit {edit} out of order after {done}")
            strings += (self.string[done : edit.start], edit.new)
            starts.append(self.starts[done : edit.start])
            ends.append(self.ends[done : edit.start])
            if len(edit.new) == edit.end - edit.start:
                starts.append(self.starts[edit.start : edit.end])
                ends.append(self.ends[edit.start : edit.end])
            elif edit.new:
                start, end = self.span(edit.start, edit.end)
                starts.append(np.full(len(edit.new), start, dtype=np.int32))
                ends.append(np.full(len(edit.new), end, dtype=np.int32))
            done = edit.end
        if not strings:
            return self
        strings.append(self.string[done:])
        starts.append(self.starts[done:])
        ends.append(self.ends[done:])
        return Text("".join(strings), np.concatenate(starts), np.concatenate(ends))

    def sub(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> Text:
        """`re.sub` that keeps origins; ``new`` is literal, or a function of the match."""
        return self.edit(substitutions(self.string, pattern, new))

    def split_lines(self) -> list[Text]:
        """The lines, without their ends (newline only: cleaning has made the others newlines)."""
        lines = []
        done = 0
        for line in self.string.split("\n"):
            lines.append(self[done : done + len(line)])
            done += len(line) + 1
        return lines

    def strip(self) -> Text:
        """Without white space at both ends."""
        left = len(self.string) - len(self.string.lstrip())
        return self[left : max(left, len(self.string.rstrip()))]

    @staticmethod
    def join(separator: str, texts: Sequence[Text]) -> Text:
        """The texts with a separator between, which stands for the empty span after each."""
        strings: list[str] = []
        starts: list[Offsets] = []
        ends: list[Offsets] = []
        for number, text in enumerate(texts):
            if number:
                place = max((int(part[-1]) for part in ends if len(part)), default=0)
                strings.append(separator)
                starts.append(np.full(len(separator), place, dtype=np.int32))
                ends.append(np.full(len(separator), place, dtype=np.int32))
            strings.append(text.string)
            starts.append(text.starts)
            ends.append(text.ends)
        if not strings:
            return Text.of("")
        return Text("".join(strings), np.concatenate(starts), np.concatenate(ends))


def substitutions(
    string: str, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]
) -> list[Edit]:
    """The edits that ``pattern.sub`` would make; a match that stays as it is makes none."""
    edits = []
    for match in pattern.finditer(string):
        text = new if isinstance(new, str) else new(match)
        if text != match.group():
            edits.append(Edit(match.start(), match.end(), text))
    return edits


def difference(old: str, new: str) -> list[Edit]:
    """The edits that turn ``old`` into ``new``, for a converter that tells no offsets.

    Strings of one length are taken character by character (OpenCC, width folding); the others
    are aligned with difflib after their common ends are set aside. Where that would take too long
    (it takes the third power of repeated characters) the middle is one edit.
    """
    if old == new:
        return []
    if len(old) == len(new):
        return [Edit(i, i + 1, b) for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    left = 0
    while left < min(len(old), len(new)) and old[left] == new[left]:
        left += 1
    right = 0
    while right < min(len(old), len(new)) - left and old[-1 - right] == new[-1 - right]:
        right += 1
    middle_old, middle_new = old[left : len(old) - right], new[left : len(new) - right]
    theirs = Counter(middle_new)
    if sum(count * theirs[char] for char, count in Counter(middle_old).items()) > PAIRS:
        return [Edit(left, len(old) - right, middle_new)]
    matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    return [
        Edit(left + a0, left + a1, middle_new[b0:b1])
        for tag, a0, a1, b0, b1 in matcher.get_opcodes()
        if tag != "equal"
    ]
