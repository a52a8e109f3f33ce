"""From a decoded page to clean blocks: the rules in their order, and what they did."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property

from cuoshi.cleaning import chrome
from cuoshi.cleaning.characters import CONTROLS, MARKUP, MOJIBAKE, PRIVATE, SPACES
from cuoshi.cleaning.punctuation import DOUBLED, WIDTH
from cuoshi.cleaning.rule import Change, Rule
from cuoshi.cleaning.script import PINYIN_READINGS, SCRIPT
from cuoshi.cleaning.slip import SLIPS
from cuoshi.origins import Text

RULES: tuple[Rule, ...] = (
    CONTROLS,
    MOJIBAKE,
    MARKUP,
    SLIPS,  # before the readings go, for they stand inside its runs; before the script changes
    PRIVATE,  # icons; but GBK reads some pairs of slipped bytes as such characters
    PINYIN_READINGS,
    SCRIPT,
    DOUBLED,
    SPACES,
    WIDTH,
)
PASSES = 8
"""The rules are repeated until none finds anything; two passes do on nearly every page."""


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the clean text.

    Attributes:
        text: its characters and where they came from.
        dropped: why it is left out of tagging (one of `chrome.REASONS`), or None.
        copy_of: for a duplicate, the index of the block it repeats.
    """

    text: Text
    dropped: str | None = None
    copy_of: int | None = None


@dataclass(frozen=True)
class CleanText:
    """A cleaned page: all its blocks in order, and every change that the rules made."""

    blocks: tuple[Block, ...]
    changes: tuple[Change, ...]

    @property
    def kept(self) -> tuple[Block, ...]:
        """The blocks that are the article."""
        return tuple(block for block in self.blocks if block.dropped is None)

    @cached_property
    def text(self) -> Text:
        """The article, one block a line."""
        return Text.join("\n", [block.text for block in self.kept])


def clean_characters(text: Text) -> tuple[Text, list[Change]]:
    """Apply the rules until none finds anything more to do."""
    rules = [rule.for_article() for rule in RULES]
    changes: list[Change] = []
    for _ in range(PASSES):
        before = len(changes)
        for rule in rules:
            text, more = rule.apply(text)
            changes += more
        if len(changes) == before:
            break
    return text, changes


def clean(source: Text | str, main: Container[str] | None = None) -> CleanText:
    """Clean a page.

    Args:
        source: the decoded page, or text that already knows its origins (from HTML).
        main: for HTML, the Chinese characters of the lines that trafilatura takes for the
            article; blocks whose characters are not in it are dropped as boilerplate.
    """
    text = Text.of(source) if isinstance(source, str) else source
    text, changes = clean_characters(text)
    texts = [part for line in text.split_lines() if line.string for part in _cut(line)]
    strings = [part.string for part in texts]
    reasons = [chrome.furniture(string) for string in strings]
    for i in chrome.teasers(strings, reasons):
        reasons[i] = chrome.TEASER
    if main is not None:
        for i, string in enumerate(strings):
            if reasons[i] is None and key(string) not in main:
                reasons[i] = chrome.BOILERPLATE
    copies = chrome.duplicates(strings, reasons)
    for i in copies:
        reasons[i] = chrome.DUPLICATE
    blocks = (
        Block(part, reason, copies.get(i))
        for i, (part, reason) in enumerate(zip(texts, reasons, strict=True))
    )
    return CleanText(tuple(blocks), tuple(changes))


def key(string: str) -> str:
    """What lines are compared by: their letters and digits, whatever the punctuation."""
    return "".join(char for char in string if char.isalnum())


def _cut(line: Text) -> list[Text]:
    """The line's parts around page furniture, stripped, none empty."""
    parts, done = [], 0
    for match in chrome.INLINE.finditer(line.string):
        parts += [line[done : match.start()], line[match.start() : match.end()]]
        done = match.end()
    parts.append(line[done:])
    return [part for part in (part.strip() for part in parts) if part.string]
