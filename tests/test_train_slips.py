from __future__ import annotations

import random

from cuoshi_train.slips import damage, false_repairs, recovered, report

SENTENCE = "镇里给每户发了一袋米、两棵白菜和一箱鸡蛋，由网格员送到门口。"


def test_damage_is_a_lost_byte() -> None:
    case = damage(SENTENCE, False, random.Random(1))
    assert case is not None
    assert case.text[case.at] == "?"
    assert case.text[: case.at] == case.clean[: case.at]
    assert case.text != case.clean
    assert case.run >= 2


def test_short_text_has_no_place_for_it() -> None:
    assert damage("好。", False, random.Random(1)) is None


def test_an_untouched_sentence_counts_as_recovered() -> None:
    case = damage(SENTENCE, False, random.Random(1))
    assert case is not None
    sound = type(case)(case.clean, case.clean, case.at, case.run)
    assert recovered(sound).whole
    broken = type(case)("错" * len(case.clean), case.clean, case.at, case.run)
    assert not recovered(broken).told


def test_the_report_counts_both_ways() -> None:
    assert false_repairs([SENTENCE]) == []
    text = report([SENTENCE] * 200, 20, 1)
    assert text.startswith("200 texts, 200 sentences: 0 false repairs")
    assert "Traditional: " in text
