from __future__ import annotations

import json
from pathlib import Path

import lxml.html

from cuoshi.models import load_model
from cuoshi_train.evaluation import Result, collect, figures_of
from cuoshi_train.evaluation.behaviour import Capability
from cuoshi_train.evaluation.html import report
from tests.models import lexicon


def test_the_report_stands_alone_and_shows_the_errors(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    rows = [
        {"text": "红花<b>", "labels": ["red"]},
        {"text": "蓝图", "labels": ["blue"], "evidence": {"blue": [[0, 1]]}},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    directory = lexicon(tmp_path / "m")
    model = load_model(directory)
    outcomes = [collect(directory, data, model), collect("again", data, model)]
    results = [Result(o.model, o.data, o.digest, figures_of(o, model)) for o in outcomes]
    page = report(results, outcomes, [Capability("minimum", "x & y", 1, 2, ("min-1",))])
    tree = lxml.html.fromstring(page)
    assert not tree.xpath("//script | //link | //img | //*[@src]")
    text = tree.text_content()
    for part in ("Reliability", "可靠性", "missed 漏标", "蓝图", "x & y", "min-1", "差异检验"):
        assert part in text
    assert [mark.text for mark in tree.xpath("//mark")] == ["蓝", "蓝"]
    assert len(tree.xpath("//svg")) == 4
