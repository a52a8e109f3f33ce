"""Rules for what is no text at all: controls, mojibake, markup residue, stray spaces."""

from __future__ import annotations

import html
import re

from cuoshi.cleaning.rule import Rule
from cuoshi.origins import Edit, difference, substitutions

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls but newline and tab, soft hyphen, zero-width and bidirectional marks, the
# byte order mark, lone surrogates, non-characters.
_CONTROL = re.compile(
    f"{_LINE_END.pattern}|"
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff0-\ufffc\ufffe\uffff]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff]+")
# UTF-8 read as Latin-1 or Windows-1252: a lead byte's letter, then a continuation byte's sign.
_MOJIBAKE = re.compile("[\xc2-\xf4][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def _controls(string: str) -> list[Edit]:
    return substitutions(
        string, _CONTROL, lambda match: "\n" if _LINE_END.fullmatch(match.group()) else ""
    )


def _mojibake(string: str) -> list[Edit]:
    if not _MOJIBAKE.search(string):
        return []
    import ftfy  # a tenth of a second, and few pages need it

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        fix_character_width=False,
        fix_latin_ligatures=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        remove_terminal_escapes=False,
        normalization=None,
        explain=False,
    )
    edits = []
    for line in re.finditer("[^\n]+", string):
        if _MOJIBAKE.search(line.group()):
            fixed = ftfy.fix_text(line.group(), config).replace("\n", " ")
            edits += [
                Edit(line.start() + edit.start, line.start() + edit.end, edit.new)
                for edit in difference(line.group(), fixed)
            ]
    return edits


_TAGS = (
    "a|abbr|address|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code"
    "|col|colgroup|dd|del|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]"
    "|head|header|hr|html|i|iframe|img|input|ins|label|legend|li|link|main|map|meta|nav|nobr"
    "|noscript|object|ol|optgroup|option|p|param|pre|q|s|script|section|select|small|source|span"
    "|strike|strong|style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|tt|u|ul"
    "|video|wbr|o:p|v:[a-z]+|w:[a-z]+|st1:[a-z]+"
)
_MARKUP = re.compile(
    r"<!--[^\n]{0,2000}?-->"
    r"|<(script|style)\b[^<>]{0,300}>[^<]{0,5000}</\1\s{0,9}>"
    rf"|</?(?:{_TAGS})(?:\s[^<>\n]{{0,500}})?\s{{0,9}}/?>"
    r"|(?<![\w.#-])(?:[.#]?[a-zA-Z][\w-]{0,245}+[ ,]{0,2}+){1,6}+\{[^{}\n]{0,500}:[^{}\n]{0,500}\}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,7}|#[xX][0-9a-fA-F]{2,6});")


def _merged(edits: list[Edit], more: list[Edit]) -> list[Edit]:
    """Both in order, but those of ``more`` that begin inside one of ``edits``."""
    merged: list[Edit] = []
    done = at = 0
    for edit in more:
        while at < len(edits) and edits[at].start <= edit.start:
            merged.append(edits[at])
            done = edits[at].end
            at += 1
        if edit.start >= done:
            merged.append(edit)
    return merged + edits[at:]


def _markup(string: str) -> list[Edit]:
    edits = substitutions(string, _MARKUP, "") if "<" in string or "{" in string else []
    if "&" in string:
        # In the same pass, before a rule of punctuation meets the semicolon; what an entity hides
        # is looked at in the next pass.
        entities = substitutions(string, _ENTITY, lambda match: html.unescape(match.group()))
        edits = _merged(edits, entities)
    return edits


_HAN = "\u4e00-\u9fff"
_CHINESE = re.compile(f"[{_HAN}，。、；：！？“”‘’《》（）【】「」『』]")
_SPACE = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_ITEM = re.compile(r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]|\d{1,2}[.．、]")
_SPELT = re.compile(rf"(?<![{_HAN}])[{_HAN}](?: [{_HAN}]){{3,}}(?![{_HAN}])")
_AFTER = ",;:!?，。、；：！？”’》）」』"
_BEFORE = "，、；：“‘《（「『"


def _spaces(string: str) -> list[Edit]:
    """Spaces beside Chinese punctuation and at line ends go; others are one plain space.

    The space before a numbered item stays: it tells the splitter that items were merged there.
    """

    def squeeze(match: re.Match[str]) -> str:
        before = string[max(0, match.start() - 2) : match.start()]
        after = string[match.end() : match.end() + 1]
        if before[-1:] in ("", "\n") or after in ("", "\n"):
            return ""
        if after in _AFTER and _CHINESE.match(before[-1]):
            return ""
        opened = before[-1] in _BEFORE or (before[-1] in ",;:!?" and _CHINESE.match(before[0]))
        if opened and _CHINESE.match(after) and not _ITEM.match(string, match.end()):
            return ""
        return " "

    edits = substitutions(string, _SPACE, squeeze)
    if edits:
        return edits
    return substitutions(string, _SPELT, lambda match: match.group().replace(" ", ""))


CONTROLS = Rule("controls", _controls)
PRIVATE = Rule("private use", lambda string: substitutions(string, _PRIVATE, ""))
MOJIBAKE = Rule("mojibake", _mojibake)
MARKUP = Rule("markup", _markup)
SPACES = Rule("spaces", _spaces)
