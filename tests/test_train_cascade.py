from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cuoshi.cli import app
from cuoshi.errors import CuoshiError, InputError, ModelError
from cuoshi.modeldir import load_manifest
from cuoshi.models.cascade import first_stage
from cuoshi_train.cascade import choose, effect, fit, measured, sentences_of
from cuoshi_train.cli import register
from tests.models import lexicon, linear


def test_the_cut_is_the_largest_that_keeps_the_agreement() -> None:
    rng = np.random.default_rng(1)
    highest = rng.random(3000)
    labelled = highest + rng.normal(0, 0.2, 3000) > 0.7
    for agreement, allowed in ((0.99, 30), (0.999, 3), (1.0, 0)):
        kept = [
            cut
            for cut in np.linspace(0, 1, 10_001)
            if effect(highest, labelled, cut).changed <= allowed
        ]
        assert choose(highest, labelled, agreement) == pytest.approx(max(kept))


def test_a_thousandth_of_a_thousand_is_one() -> None:
    highest, labelled = np.linspace(0, 0.999, 1000), np.zeros(1000, dtype=bool)
    labelled[[100, 200, 300]] = True
    assert choose(highest, labelled, 0.999) == pytest.approx(0.2)
    assert choose(highest, labelled, 1.0) == pytest.approx(0.1)


def test_sentences_without_labels_choose_nothing() -> None:
    with pytest.raises(CuoshiError, match="too few"):
        choose(np.zeros(10), np.zeros(10, dtype=bool), 1.0)


def data(path: Path) -> Path:
    texts = ["门前有红花", "抬头是蓝天", "绿", "草", "红旗飘着", "蓝"]
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8")
    return path


def test_the_cut_is_written_and_measured(tmp_path: Path) -> None:
    model, first = lexicon(tmp_path / "model"), linear(tmp_path / "first")
    sentences = sentences_of(data(tmp_path / "a.jsonl"), "sentence")
    cut, found = fit(str(model), str(first), sentences, 0.999)
    # 红旗 has the least of the first scores among those with a label: one feature, 红
    assert cut == pytest.approx(1 / (1 + np.exp(1)), abs=1e-4)
    assert (found.sentences, found.stopped, found.changed, found.labelled) == (6, 2, 0, 3)
    assert load_manifest(model).options["cascade"] == {"model": "../first", "cut": cut}
    assert measured(str(model), sentences) == found
    assert "33.3% stop" in str(found)
    assert "100.000%" in str(found)


def test_the_commands(tmp_path: Path) -> None:
    if not any(group.name == "train" for group in app.registered_groups):
        register(app)
    model, first = lexicon(tmp_path / "model"), linear(tmp_path / "first")
    source = data(tmp_path / "a.jsonl")
    runner = CliRunner()
    command = ["train", "cascade", str(model), "--validation", str(source), "--first", str(first)]
    done = runner.invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "cut 0.2689: 6 sentences" in done.output
    assert "too few sentences to tell 99.90%" in done.output
    done = runner.invoke(app, ["measure", "cascade", str(model), str(source), "--sample", "4"])
    assert "4 sentences" in done.output


def test_the_first_stage_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    lexicon(folder / "model")
    linear(folder / "first")
    monkeypatch.chdir(folder)
    fit("model", "first", sentences_of(data(tmp_path / "a.jsonl"), "sentence"), 0.999)
    moved = folder.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    assert first_stage(moved / "model")[0] == str(moved / "model" / "../first")
    (moved / "first").rename(moved / "gone")
    with pytest.raises(ModelError, match=r"no model at '../first', its cascade's first stage"):
        first_stage(moved / "model")


def test_a_bundled_first_stage_is_kept_by_its_name(tmp_path: Path) -> None:
    model = lexicon(tmp_path / "model")
    fit(str(model), "lexicon", ["红花", "蓝天", "绿", "草"], 0.999)
    assert load_manifest(model).options["cascade"]["model"] == "lexicon"


def test_articles_are_split_and_what_cleaning_leaves_out_is_not_read(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps({"text": "首頁\n門前有紅花。抬頭是藍天。"}), encoding="utf-8")
    assert sentences_of(source, "article") == ["门前有红花。", "抬头是蓝天。"]
    assert len(sentences_of(source, "article", 1)) == 1
    source.write_text("no json\n", encoding="utf-8")
    with pytest.raises(InputError):
        sentences_of(source, "article")
