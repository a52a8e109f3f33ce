from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cuoshi.errors import InputError
from cuoshi.measures import check_labels
from cuoshi.models import load_model
from cuoshi_train.config import read_measures
from cuoshi_train.dataset import SPLITS
from cuoshi_train.evaluation.behaviour import rates, read_cases, run
from cuoshi_train.similarity import Near
from tests.conftest import ROOT
from tests.models import lexicon

FOLDER = ROOT / "tests" / "behaviour"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    folder.mkdir()
    rows = {
        "minimum": [
            {"id": "1", "capability": "red", "text": "门前有红花。", "labels": ["red"]},
            {"id": "2", "capability": "red", "text": "红花油。", "labels": ["red"]},
        ],
        "invariance": [
            {
                "id": "3", "capability": "place", "labels": ["blue"],
                "text": "城里有蓝天。", "variant": "山上有蓝天。",
            }
        ],
        "direction": [
            {
                "id": "4", "capability": "adds red", "label": "red",
                "without": "抬头是蓝天。", "with": "门前有红花，抬头是蓝天。",
            },
            {
                "id": "5", "capability": "adds red", "label": "red",
                "without": "门前有红旗。", "with": "门前有红旗，还有红花。",
            },
        ],
    }  # fmt: skip
    for name, found in rows.items():
        text = "".join(json.dumps(row) + "\n" for row in found)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_each_kind_of_case_passes_and_fails_as_it_should(cases: Path, tmp_path: Path) -> None:
    results = run(load_model(lexicon(tmp_path / "m")), cases)
    assert {r.suite: r.failed for r in results} == {
        "minimum": ("2",),
        "invariance": (),
        "direction": ("5",),
    }
    assert rates(results) == {"minimum": 0.5, "invariance": 1.0, "direction": 0.5}


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "1", "capability": "c"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.jsonl: line 1"):
        read_cases(tmp_path)


def test_the_suite_is_large_and_well_formed() -> None:
    suites = read_cases(FOLDER)
    every = [case for cases in suites.values() for case in cases]
    assert len(every) >= 400
    assert len({case["id"] for case in every}) == len(every)
    measures = read_measures(ROOT / "configs" / "measures.toml")
    for case in every:
        check_labels([*case.get("labels", ()), *filter(None, [case.get("label")])], measures)
        assert case.get("variant") != case.get("text") or "with" in case
        assert case.get("with", "x") != case.get("without")
    wanted = {
        "negation",
        "rumour",
        "lifted",
        "conditional",
        "quotation",
        "other domain",
        "metaphor",
    }
    assert wanted <= {case["capability"] for case in suites["meaning"]}
    counted = Counter(case["capability"] for case in suites["invariance"])
    assert min(counted.values()) >= 10


def test_no_case_is_like_a_sentence_of_training() -> None:
    texts = [
        json.loads(line)["text"]
        for split in SPLITS
        for line in (ROOT / "data" / "written" / f"{split}.jsonl").read_text("utf-8").splitlines()
    ]
    near = Near(texts)
    for cases in read_cases(FOLDER).values():
        for case in cases:
            for key in ("text", "variant", "with"):
                assert not (key in case and near.any(case[key], 0.4)), case
