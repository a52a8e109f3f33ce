"""From bytes to text.

The order: a byte order mark, the declared charset, UTF-8, then charset-normalizer's choice among
the encodings that Chinese pages use. `gb2312` and `gbk` are read as GB18030, which holds both,
as browsers do.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from cuoshi.errors import InputError

log = logging.getLogger(__name__)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
_DECLARABLE = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk"), "gb18030"),
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("big5", "x-x-big5"), "big5"),
    "big5-hkscs": "big5hkscs",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "hz-gb-2312": "hz",
}
"""What a page may declare. Latin-1 is not among them: it is a server's default, never Chinese."""
_CANDIDATES = ["gb18030", "big5", "utf_16_le", "utf_16_be"]
_BINARY = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
SAMPLE = 200_000
"""Bytes that the detector looks at."""
BROKEN = 0.01
"""The share of undecodable characters up to which a file still counts as damaged UTF-8."""


def decode(data: bytes, name: str, markup: bool = False) -> tuple[str, str]:
    """Decode a file.

    Args:
        data: its bytes.
        name: what to call it in errors.
        markup: whether it may declare its charset, as HTML does.

    Returns:
        The text and the encoding's name.

    Raises:
        InputError: it is no text, or in no encoding known here.
    """
    if data.startswith(_BINARY):
        raise InputError(f"{name}: not a text file")
    for text, encoding in _attempts(data, name, markup):
        controls = len(_CONTROL.findall(text, 0, SAMPLE))
        if controls > 0.02 * min(len(text), SAMPLE) + 2:
            break
        return text, encoding
    raise InputError(f"{name}: cannot be decoded as text")


def _attempts(data: bytes, name: str, markup: bool) -> Iterator[tuple[str, str]]:
    """Readings of the bytes, likeliest first."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            yield data.decode(encoding, errors="replace"), encoding
            return
    declared = _DECLARED.search(data[:4096]) if markup else None
    believed = _DECLARABLE.get(declared.group(1).decode("ascii").lower()) if declared else None
    if believed:
        text = _strict(data, believed)
        if text is not None:
            yield text, believed
            return
    text = _strict(data, "utf-8")
    if text is not None:
        yield text, "utf-8"
        return
    loose = data.decode("utf-8", errors="replace")
    broken = loose.count("\ufffd")
    if broken <= BROKEN * len(loose) and any(
        char > "\u07ff" for char in loose[:SAMPLE] if char != "\ufffd"
    ):
        log.warning("%s: %d broken places in UTF-8", name, broken)
        yield loose, "utf-8"
        return
    best = from_bytes(data[:SAMPLE], cp_isolation=_CANDIDATES).best()
    order = [best.encoding] if best else []
    for encoding in [*order, *(other for other in _CANDIDATES[:2] if other not in order)]:
        text = _strict(data, encoding)
        if text is not None:
            yield text, encoding


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
