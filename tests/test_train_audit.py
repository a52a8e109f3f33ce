from __future__ import annotations

from cuoshi_train.audit import suspects
from cuoshi_train.dataset import Example
from tests.models import MEASURES

PLACES = ["花园", "草地", "河岸", "山坡", "屋顶", "街角", "门前", "桥头", "田边", "井旁"]


def test_a_wrong_label_is_the_first_suspect() -> None:
    examples = [Example(f"{place}开着红花", ("red",), {}) for place in PLACES]
    examples += [Example(f"{place}上是蓝天", ("blue",), {}) for place in PLACES]
    examples.append(Example("坡上开着红花", ("blue",), {}))
    (worst, *_) = suspects(examples, MEASURES, 5)
    assert worst.example.text == "坡上开着红花"
    assert worst.scores["red"] > worst.scores["blue"]
