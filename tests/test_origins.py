from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuoshi.origins import Edit, Text, difference


def test_untouched_text_stands_for_itself() -> None:
    text = Text.of("检测")
    assert [text.span(i, i + 1) for i in range(2)] == [(0, 1), (1, 2)]
    assert str(text) == "检测"
    assert len(text) == 2
    assert list(text) == ["检", "测"]
    assert text[0] == "检"


def test_same_length_is_one_to_one_and_other_lengths_share_the_span() -> None:
    text = Text.of("切實&nbsp;做").edit([Edit(1, 2, "实"), Edit(2, 8, " "), Edit(8, 8, "好的")])
    assert text.string == "切实 好的做"
    assert [text.span(i, i + 1) for i in range(6)] == [
        (0, 1),
        (1, 2),
        (2, 8),
        (8, 8),
        (8, 8),
        (8, 9),
    ]


def test_deleted_characters_are_no_longer_pointed_at() -> None:
    text = Text.of("嚴(yán)格").sub(re.compile(r"\(.*?\)"), "")
    assert text.string == "嚴格"
    assert text.span(0, 2) == (0, 7)
    assert text.span(1, 2) == (6, 7)


@pytest.mark.parametrize(
    "edits", [[Edit(2, 3), Edit(1, 2)], [Edit(0, 9)], [Edit(0, 2), Edit(1, 3)]]
)
def test_edits_out_of_order_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="out of order"):
        Text.of("四个汉字").edit(edits)


def test_arrays_of_another_length_are_refused() -> None:
    text = Text.of("检测")
    with pytest.raises(ValueError, match="1 characters"):
        Text("检", text.starts, text.ends)


def test_empty_spans_lie_where_they_are() -> None:
    text = Text.of("abc")[1:]
    assert text.span(0, 0) == (1, 1)
    assert text.span(2, 2) == (3, 3)
    assert Text.of("").span(0, 0) == (0, 0)


def test_lines_keep_their_places_and_join_again() -> None:
    lines = Text.of(" 甲\n\n乙丙").split_lines()
    assert [line.string for line in lines] == [" 甲", "", "乙丙"]
    assert lines[2].span(0, 2) == (4, 6)
    joined = Text.join("\n", [line.strip() for line in lines])
    assert joined.string == "甲\n\n乙丙"
    assert joined.span(0, 1) == (1, 2)
    assert Text.join("\n", []).string == ""


@given(st.text("ab检测", max_size=12), st.text("ab检测", max_size=12))
def test_a_difference_makes_the_one_of_the_other(old: str, new: str) -> None:
    text = Text.of(old).edit(difference(old, new))
    assert text.string == new
    assert all(0 <= a <= b <= len(old) for a, b in zip(text.starts, text.ends, strict=True))
    assert (text.starts[1:] >= text.starts[:-1]).all()


@given(st.text(max_size=30), st.data())
def test_edits_never_move_what_they_do_not_touch(string: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(string)))
    end = data.draw(st.integers(start, len(string)))
    text = Text.of(string).edit([Edit(start, end, "新的")])
    kept = [i for i in range(len(string)) if not start <= i < end]
    found = [int(a) for i, a in enumerate(text.starts) if not start <= i < start + 2]
    assert found == kept
