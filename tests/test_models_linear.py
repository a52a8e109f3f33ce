from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from cuoshi.errors import ModelError
from cuoshi.modeldir import load_manifest, save_manifest
from cuoshi.models import load_model
from cuoshi.models.linear import WEIGHTS
from cuoshi.models.tfidf import TfIdf
from tests.models import linear


def test_scores_are_those_of_the_regression(tmp_path: Path) -> None:
    model = load_model(linear(tmp_path / "m"))
    scores = model.score(["红花", "蓝", "绿"])
    both = 1 / np.sqrt(2)  # of the two features each, after the length is made one
    expected = 1 / (1 + np.exp([2 - 8 * both, 2 + 8 * both]))
    assert scores[0] == pytest.approx(expected)
    assert scores[1] == pytest.approx(1 / (1 + np.exp([6.0, -6.0])))
    assert scores[2] == pytest.approx(1 / (1 + np.exp([2.0, 2.0])))
    assert model.score([]).shape == (0, 2)


def test_evidence_is_where_the_weight_lies(tmp_path: Path) -> None:
    model = load_model(linear(tmp_path / "m"))
    assert model.evidence("一朵红花，又一朵红花", "red") == [(2, 4), (8, 10)]
    assert model.evidence("绿", "red") == []
    assert model.evidence("", "red") == []


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    directory = linear(tmp_path / "m")
    np.savez(directory / WEIGHTS, idf=np.ones(2), weights=np.ones((2, 2)), bias=np.ones(2))
    save_manifest(directory, load_manifest_unchecked(directory))
    with pytest.raises(ModelError, match="not a linear model"):
        load_model(directory)


def load_manifest_unchecked(directory: Path):  # type: ignore[no-untyped-def]
    from tests.models import manifest

    with pytest.raises(ModelError):
        load_manifest(directory)
    return manifest("linear", longest=2, least=1)


def test_features_are_those_of_scikit_learn() -> None:
    texts = ["红花红花", "一朵  红花\n\n开", "", "花", "𠀀红\ud800", "没有", "红花红花"]
    known = ["红", "花红花", "红花", "𠀀红", " 红", "花", "开\ud800"]
    rng = np.random.default_rng(1)
    idf, weights = rng.random(len(known)), rng.normal(size=(3, len(known)))
    wanted = TfidfVectorizer(
        analyzer="char", lowercase=False, ngram_range=(1, 3), sublinear_tf=True, vocabulary=known
    )
    wanted.idf_ = idf
    found = TfIdf(known, idf).logits(texts, weights)
    assert found == pytest.approx(wanted.transform(texts) @ weights.T, abs=1e-12)


def test_sentences_of_several_chunks_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    model = TfIdf(["红", "红花"], np.ones(2))
    texts = ["红花", "红", "云", "红红花", ""]
    whole = model.logits(texts, np.eye(2))
    monkeypatch.setattr("cuoshi.models.tfidf.CHUNK", 2)
    assert np.array_equal(model.logits(texts, np.eye(2)), whole)
