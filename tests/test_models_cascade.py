from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cuoshi.cli import app
from cuoshi.errors import LabelError, ModelError
from cuoshi.modeldir import load_manifest, save_manifest
from cuoshi.models import Scores, Spans, load_model
from cuoshi.models.cascade import Cascade, load_cascade
from cuoshi.tagger import Tagger
from tests.models import lexicon, linear, manifest

RUNNER = CliRunner()


class Recorder:
    """Gives every sentence the same scores and remembers what it was asked."""

    def __init__(self, *scores: float) -> None:
        self.manifest = manifest("recorder")
        self.scores = scores
        self.asked: list[str] = []

    def score(self, sentences: Sequence[str]) -> Scores:
        self.asked += sentences
        return np.tile(np.array(self.scores), (len(sentences), 1))

    def evidence(self, sentence: str, label: str) -> Spans:
        return [(0, 1)]


def with_cascade(directory: Path, first: Path, cut: float) -> Path:
    found = load_manifest(directory)
    options = {**found.options, "cascade": {"model": str(first), "cut": cut}}
    save_manifest(directory, replace(found, options=options))
    return directory


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A lexicon behind a linear model that gives 红花 0.98 and 绿 0.12."""
    return with_cascade(lexicon(tmp_path / "model"), linear(tmp_path / "first"), 0.2)


def test_only_what_reaches_the_cut_is_sent_on(tmp_path: Path) -> None:
    first = load_model(linear(tmp_path / "first"))
    second = Recorder(0.9, 0.1)
    scores = Cascade(first, second, 0.2).score(["红花", "绿", "蓝", "绿"])
    assert second.asked == ["红花", "蓝"]
    assert scores[[0, 2]].tolist() == [[0.9, 0.1]] * 2
    assert scores[[1, 3]] == pytest.approx(first.score(["绿", "绿"]))
    assert Cascade(first, second, 0.2).score([]).shape == (0, 2)


def test_what_reaches_the_cut_exactly_is_sent_on() -> None:
    second = Recorder(0.9, 0.1)
    assert Cascade(Recorder(0.0, 0.2), second, 0.2).score(["云"]).tolist() == [[0.9, 0.1]]


def test_a_sentence_that_stops_has_no_label_however_high_the_cut() -> None:
    scores = Cascade(Recorder(0.7, 0.5), Recorder(1.0, 1.0), 0.8).score(["云"])
    assert (scores < 0.5).all()
    assert scores == pytest.approx(0.5)


def test_the_tagger_gives_the_same_labels_and_evidence(model: Path) -> None:
    text = "门前有红花。树是绿的。抬头是蓝天。"
    with_it, without = (Tagger(model, cascade=c).tag(text).sentences for c in (True, False))
    assert [s.labels for s in with_it] == [s.labels for s in without]
    assert [s.evidence for s in with_it] == [s.evidence for s in without]
    assert [s.labels for s in with_it] == [("red",), (), ("blue",)]


def test_a_threshold_under_the_cut_is_refused(model: Path) -> None:
    Tagger(model, cascade=True, thresholds={"red": 0.2})
    with pytest.raises(LabelError, match="without the cascade"):
        Tagger(model, cascade=True, thresholds={"red": 0.1})


def test_a_model_without_a_cascade_or_with_a_broken_one_says_so(tmp_path: Path) -> None:
    directory = lexicon(tmp_path / "model")
    with pytest.raises(ModelError, match="no cascade in its"):
        load_cascade(directory)
    save_manifest(directory, replace(load_manifest(directory), options={"cascade": {"cut": 1}}))
    with pytest.raises(ModelError, match="needs `model` and `cut`"):
        load_cascade(directory)


def test_stages_with_other_labels_are_refused() -> None:
    other = Recorder(0.1)
    other.manifest = replace(other.manifest, measures=other.manifest.measures[:1])
    with pytest.raises(ModelError, match="other labels"):
        Cascade(other, Recorder(0.1, 0.1), 0.5)


def test_shards_with_and_without_it_are_never_mixed(model: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "a.txt", tmp_path / "out"
    source.write_text("门前有红花。", encoding="utf-8")
    command = ["predict", str(source), "--model", str(model), "-o", str(out), "--shards", "1"]
    assert RUNNER.invoke(app, [*command, "--cascade"]).exit_code == 0
    made_by = json.loads((out / "manifest.json").read_text("utf-8"))["made_by"]
    assert set(made_by["model"]["cascade"]) == {"name", "version", "sha256"}
    done = RUNNER.invoke(app, [*command, "--no-cascade"])
    assert done.exit_code == 1
    assert "another model" in done.output
    assert RUNNER.invoke(app, [*command, "--cascade"]).exit_code == 0


def test_another_first_stage_is_another_run(model: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "a.txt", tmp_path / "out"
    source.write_text("门前有红花。", encoding="utf-8")
    command = ["predict", str(source), "--model", str(model), "-o", str(out), "--shards", "1"]
    assert RUNNER.invoke(app, [*command, "--cascade"]).exit_code == 0
    first = tmp_path / "first"
    save_manifest(first, replace(load_manifest(first), version="2"))
    assert "another model" in RUNNER.invoke(app, [*command, "--cascade"]).output
