from __future__ import annotations

import codecs

import pytest

from cuoshi.decoding import decode
from cuoshi.errors import InputError

TEXT = "县里昨天召开调度会，部署全员核酸检测和物资配送工作，要求各村把责任落到人头。" * 8
TRADITIONAL = "縣裡昨天召開調度會，部署全員核酸檢測和物資配送工作，要求各村把責任落到人頭。" * 8


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_encodings_of_simplified_text(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "a.txt")[0] == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030"])
def test_encodings_of_traditional_text(encoding: str) -> None:
    assert decode(TRADITIONAL.encode(encoding), "a.txt")[0] == TRADITIONAL


def test_big_endian_with_mark() -> None:
    data = codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")
    assert decode(data, "a.txt")[0].lstrip("\ufeff") == TEXT


def test_declared_gb2312_is_read_as_gb18030() -> None:
    page = f'<meta charset="gb2312"><p>{TEXT}镕喆</p>'
    text, encoding = decode(page.encode("gb18030"), "a.html", markup=True)
    assert text == page
    assert encoding == "gb18030"


def test_a_wrong_declaration_is_not_believed() -> None:
    page = f'<meta charset="big5"><p>{TEXT}</p>'
    assert decode(page.encode("utf-8"), "a.html", markup=True)[0] == page


def test_a_declared_latin1_is_not_believed() -> None:
    page = f'<meta charset="iso-8859-1"><p>{TEXT}</p>'
    assert decode(page.encode("gb18030"), "a.html", markup=True)[0] == page


def test_slightly_broken_utf8_is_still_utf8() -> None:
    data = TEXT.encode()
    text, encoding = decode(data[:301] + data[302:], "a.txt")
    assert encoding == "utf-8"
    assert "物资配送" in text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        b"%PDF-1.7 ...",
        bytes(range(256)) * 40,
        b"\x00" * 99 + b"\x01\x02\x03" * 99,
    ],
)
def test_what_is_no_text_is_an_error_that_names_the_file(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^photo\.txt: "):
        decode(data, "photo.txt")
