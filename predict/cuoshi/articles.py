"""From an article to its sentences, each with its place in the input."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cuoshi import markup
from cuoshi.cleaning import Block, CleanText, clean, clean_characters
from cuoshi.cleaning.chrome import DUPLICATE
from cuoshi.metadata import Metadata, find_metadata
from cuoshi.origins import Text
from cuoshi.reading import Article
from cuoshi.sentences import split_sentences

_KEY = re.compile("[\u4e00-\u9fff0-9]")
REPEATED = 10
"""Sentences of at least so many Chinese characters and digits are taken once."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article.

    Attributes:
        text: cleaned, with its origins.
        dropped: why it is left out of tagging, or None.
    """

    text: Text
    dropped: str | None


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """A cleaned article: what it says of itself, and its page in blocks."""

    article: Article
    metadata: Metadata
    page: CleanText

    def sentences(self) -> Iterator[Sentence]:
        """All sentences in order, those left out among them."""
        seen: set[str] = set()
        for block in self.page.blocks:
            for start, end in split_sentences(block.text.string):
                text = block.text[start:end]
                yield Sentence(text, block.dropped or _repeated(text.string, block, seen))


def _repeated(string: str, block: Block, seen: set[str]) -> str | None:
    key = "".join(_KEY.findall(string))
    if len(key) < REPEATED or block.dropped:
        return None
    if key in seen:
        return DUPLICATE
    seen.add(key)
    return None


def clean_article(article: Article) -> CleanArticle:
    """Clean one article, HTML or text."""
    if not article.html:
        page = clean(article.text)
        return CleanArticle(article, find_metadata(page.blocks), page)
    source = markup.parse(article.text)
    page = clean(source.text, source.main)
    found = find_metadata(page.blocks)
    metadata = replace(
        found,
        title=found.title or source.title,
        date=found.date or source.date,
        source=found.source or source.source,
    )
    return CleanArticle(article, metadata, page)


def clean_sentence(article: Article) -> Text:
    """The whole text of a record as one cleaned sentence: its lines are joined."""
    text, _ = clean_characters(
        markup.text_of(article.text) if article.html else Text.of(article.text)
    )
    return text.sub(re.compile("\\s*\n\\s*"), " ").strip()
