"""HTML pages: their text with origins, and which of it is the article.

trafilatura knows the article of a page but not where its characters stand in the source. So the
text is taken from the source here, each character with its place, and trafilatura's answer only
says which lines of it to keep.
"""

from __future__ import annotations

import html
import logging
import re
from dataclasses import dataclass

from cuoshi.cleaning.cleaner import clean_characters, key
from cuoshi.origins import Edit, Text

log = logging.getLogger(__name__)

_HIDDEN = "script|style|noscript|template|svg|textarea|select|head|iframe"
_TOKEN = re.compile(
    rf"<!--.*?(?:-->|\Z)|<({_HIDDEN})\b[^>]{{0,20000}}+>.*?(?:</\1\s*>|\Z)|<!\[CDATA\[|\]\]>"
    r"|<(?P<tag>/?[a-zA-Z][\w:-]*+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>|<[!?][^<>]*>"
    r"|&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|[\r\n\t ]+",
    re.DOTALL | re.IGNORECASE,
)
_INSIDE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|button|cite|code|del|dfn|em|font|i|img|input|ins|kbd|label|mark"
    "|nobr|o:p|q|rp|rt|ruby|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr"
)
_CHINESE = re.compile("[\u4e00-\u9fff，。、；：！？“”《》（）]")
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


LARGEST = 1 << 24
"""Characters of a source that trafilatura is asked about; of larger ones all text is kept."""


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML page.

    Attributes:
        text: all its text, one line per block element, each character with its source offset.
        main: the letters and digits of what trafilatura takes for the article, cleaned and
            run together; None where it finds none.
        title, date, source: as the page's metadata state them, or None.
    """

    text: Text
    main: str | None
    title: str | None
    date: str | None
    source: str | None


def is_page(string: str) -> bool:
    """Whether a text begins like an HTML page."""
    return _PAGE.match(string) is not None


def _new(match: re.Match[str]) -> str:
    token = match.group()
    if token[0] == "&":
        return html.unescape(token)
    if token[0] != "<":
        # A source line that ends amid Chinese was only wrapped there.
        before, after = (
            match.string[match.start() - 1 : match.start()],
            match.string[match.end() : match.end() + 1],
        )
        wrapped = "\n" in token and _CHINESE.match(before) and _CHINESE.match(after)
        return "" if wrapped else " "
    tag = (match.group("tag") or "").lower().lstrip("/")
    return "" if not tag or _INSIDE.fullmatch(tag) else "\n"


def text_of(source: str) -> Text:
    """The text of an HTML source with its offsets."""
    return Text.of(source).edit(
        Edit(match.start(), match.end(), _new(match))
        for match in _TOKEN.finditer(source)
        if match.group() != " "
    )


def parse(source: str) -> Page:
    """Read an HTML page; trafilatura is imported at the first one."""
    extracted, facts = _asked(source)
    title = getattr(facts, "title", None)
    main = None
    if extracted:  # the title is the article's too, but trafilatura tells it apart
        main = key(clean_characters(Text.of(f"{title or ''}\n{extracted}"))[0].string)
    return Page(
        text=text_of(source),
        main=main,
        title=title,
        date=getattr(facts, "date", None),
        source=getattr(facts, "sitename", None),
    )


def _asked(source: str) -> tuple[str | None, object]:
    """What trafilatura says of the page: the article and its metadata, or None for both."""
    if len(source) > LARGEST:
        log.warning("a page of more than %d characters: all its text is kept", LARGEST)
        return None, None
    import trafilatura

    try:
        extracted: str | None = trafilatura.extract(
            source, output_format="txt", include_comments=False, favor_recall=True
        )
        return extracted, trafilatura.extract_metadata(source)
    except Exception as error:  # a page made to break it may raise anything
        log.warning("a page that trafilatura cannot read (%s): all its text is kept", error)
        return None, None
