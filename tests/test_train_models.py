from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cuoshi.errors import ConfigError
from cuoshi.modeldir import bundled, load_manifest
from cuoshi.models import load_model
from cuoshi_train.baseline import BaselineConfig, train
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import digest
from cuoshi_train.lexicon import build
from cuoshi_train.thresholds import expected_f1_thresholds, fit_threshold
from tests.conftest import ROOT

MEASURES = """
[red]
zh = "红"
en = "red"
definition = "Red things."
colour = "red"
[blue]
zh = "蓝"
en = "blue"
definition = "Blue things."
colour = "blue"
"""
BASELINE = """
measures = "measures.toml"
train = ["train.jsonl"]
validation = ["validation.jsonl"]
longest = [2]
least = [1]
strength = [1.0, 9.0]
folds = 2
seed = 1
"""
WORDS = ["花园", "草地", "河岸", "山坡", "屋顶", "街角", "门前", "桥头"]


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    (tmp_path / "measures.toml").write_text(MEASURES, encoding="utf-8")
    (tmp_path / "baseline.toml").write_text(BASELINE, encoding="utf-8")
    for name in ("train", "validation"):
        rows = []
        for i, word in enumerate(WORDS):
            rows += [
                {"text": f"{word}开着红花", "labels": ["red"]},
                {"text": f"{word}上是蓝天", "labels": ["blue"]},
                {"text": f"{word}有{name}{i}", "labels": []},
            ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_baseline_of_other_labels_needs_files_and_no_code(configs: Path) -> None:
    record = train(configs / "baseline.toml", configs / "model")
    assert record["sentences"] == {"train": 24, "validation": 24}
    model = load_model(configs / "model")
    assert model.manifest.labels == ("red", "blue")
    assert model.manifest.data == digest([configs / "train.jsonl", configs / "validation.jsonl"])
    cuts = np.array([model.manifest.thresholds[label] for label in model.manifest.labels])
    guess = model.score(["塔下开着红花", "塔上是蓝天", "塔下有人"]) >= cuts
    assert guess.tolist() == [[True, False], [False, True], [False, False]]
    assert not list((configs / "model").glob("*.pkl"))


def test_training_again_gives_the_same_model(configs: Path) -> None:
    texts = ["塔下开着红花", "塔上是蓝天"]
    scores = []
    for name in ("one", "two"):
        train(configs / "baseline.toml", configs / name)
        scores.append(load_model(configs / name).score(texts).tolist())
    assert scores[0] == scores[1]


def test_a_lexicon_is_built_from_a_file(configs: Path) -> None:
    path = configs / "lexicon.toml"
    path.write_text('[red]\nmatch = ["红"]\n[blue]\nmatch = ["蓝"]\nunless = ["蓝本"]\n')
    build(path, configs / "model")
    assert load_model(configs / "model").score(["红", "蓝本"]).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[red]\nmatch = ["红"]\n', "blue: no patterns"),
        ('[red]\nmatch = ["("]\n[blue]\nmatch = ["蓝"]\n', "red: "),
        ('[red]\nmatch = []\n[blue]\nmatch = ["蓝"]\n', "red: match is empty"),
        ('[red]\nmatch = ["红"]\n[blue]\nmatch = ["蓝"]\n[green]\n', "green: no such"),
        ('[red]\nmatch = "红"\n[blue]\nmatch = ["蓝"]\n', "no list of strings"),
    ],
)
def test_wrong_lexicons_are_told(configs: Path, text: str, said: str) -> None:
    path = configs / "lexicon.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        build(path, configs / "model")


def test_thresholds_lie_between_the_classes() -> None:
    truth = np.array([0, 0, 1, 1])
    assert fit_threshold(truth, np.array([0.1, 0.2, 0.6, 0.9])) == pytest.approx(0.4)
    assert fit_threshold(truth, np.array([0.1, 0.7, 0.6, 0.9])) == pytest.approx(0.4, abs=0.25)
    assert fit_threshold(np.array([1, 1]), np.array([0.3, 0.5])) == pytest.approx(0.3)


def test_thresholds_of_calibrated_scores_are_the_best_in_expectation() -> None:
    sure = np.array([[1.0], [1.0], [0.0], [0.0]])
    assert expected_f1_thresholds(sure) == pytest.approx([0.5])
    rng = np.random.default_rng(1)
    scores = rng.beta(0.2, 1.0, size=(20_000, 1))
    truth = (rng.random(scores.shape) < scores).astype(int)
    (cut,) = expected_f1_thresholds(scores)

    def f1(at: float) -> float:
        return float(f1_score(truth[:, 0], (scores[:, 0] >= at).astype(int)))

    assert f1(cut) >= max(f1(at) for at in np.linspace(0.05, 0.95, 19)) - 0.01


def test_the_bundled_models_are_of_the_shipped_configurations(rebuilt: Path) -> None:
    path = ROOT / "configs" / "baseline.toml"
    config = read_config(path, BaselineConfig)
    measures = read_measures(ROOT / "configs" / "measures.toml")
    for directory in bundled().values():
        assert load_manifest(directory).measures == measures
    files = [beside(path, name) for name in (*config.train, *config.validation)]
    assert load_manifest(bundled()["baseline"]).data == digest(files)


def test_the_bundled_lexicon_is_the_shipped_one(tmp_path: Path) -> None:
    build(ROOT / "configs" / "lexicon.toml", tmp_path / "m")
    made = (tmp_path / "m" / "lexicon.json").read_bytes()
    assert made == (bundled()["lexicon"] / "lexicon.json").read_bytes()


@pytest.mark.slow
def test_the_bundled_baseline_can_be_made_again(tmp_path: Path, rebuilt: Path) -> None:
    train(ROOT / "configs" / "baseline.toml", tmp_path / "m")
    texts = [
        "全县今天开展第三轮核酸检测。",
        "对密接一律集中隔离。",
        "米面油送到门口。",
        "天气转晴。",
    ]
    again = load_model(tmp_path / "m").score(texts)
    assert again == pytest.approx(load_model("baseline").score(texts), abs=1e-4)
