from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from cuoshi.errors import ModelError
from cuoshi.modeldir import find, load_manifest
from cuoshi.models import load_model
from cuoshi.models.bert import GRAPH, BertModel
from cuoshi.tagger import Tagger

SENTENCES = [
    "全镇明天开始第三轮核酸检测，请大家按楼栋顺序下楼。",
    "三名密切接触者已送往集中隔离点。",
    "超市门口排着长队。",
    "区里连夜调来二十吨蔬菜，由网格员送到居民家门口。",
    "对工作不力的干部，区纪委将严肃追责问责。",
    "昨晚下了一场小雨，气温降到十度以下。",
    "",
]


@pytest.fixture(scope="module")
def directory() -> Path:
    return find("bert")


@pytest.fixture(scope="module")
def model(directory: Path) -> BertModel:
    loaded = load_model(directory)
    assert isinstance(loaded, BertModel)
    return loaded


def test_scores_do_not_depend_on_neighbours_order_or_threads(directory: Path) -> None:
    manifest = load_manifest(directory)
    together = BertModel.load(directory, manifest, threads=2).score(SENTENCES)
    order = list(range(len(SENTENCES)))
    random.Random(1).shuffle(order)
    one = BertModel.load(directory, manifest, threads=1)
    alone = np.vstack([one.score([SENTENCES[i]]) for i in order])
    assert np.array_equal(together[order], alone)


def test_shape_and_range(model: BertModel) -> None:
    scores = model.score(SENTENCES)
    assert scores.shape == (len(SENTENCES), len(model.manifest.labels))
    assert scores.dtype == np.float64
    assert ((scores >= 0) & (scores <= 1)).all()
    assert model.score([]).shape == (0, len(model.manifest.labels))


def test_a_sentence_of_any_length_is_read_to_its_end(model: BertModel) -> None:
    long = "今天天气很好，大家都在院子里说话，" * 30 + "对密切接触者实行集中隔离。"
    column = model.manifest.labels.index("quarantine")
    cut = model.manifest.thresholds["quarantine"]
    assert model.score([long])[0, column] >= cut
    spans = model.evidence(long, "quarantine")
    assert "隔离" in "".join(long[a:b] for a, b in spans)
    assert model.score(["字" * 20_000]).shape == (1, len(model.manifest.labels))


def test_evidence_lies_in_the_sentence_in_order_and_begins_with_no_mark(model: BertModel) -> None:
    for sentence in SENTENCES:
        for label in model.manifest.labels:
            spans = model.evidence(sentence, label)
            assert spans == sorted(spans)
            for start, end in spans:
                assert 0 <= start < end <= len(sentence)
                assert sentence[start].isalnum()
                assert sentence[end - 1].isalnum()


def test_evidence_of_the_tagged_points_at_the_original() -> None:
    source = "導航\n全鎮明天開始第三輪核(hé)酸檢測,,請大家按樓棟順序下樓。"
    article = Tagger("bert").tag(source)
    evidence = [e for s in article.sentences for e in s.evidence.get("testing", ())]
    assert evidence
    assert any("檢測" in source[e.start : e.end] for e in evidence)


def test_more_sentences_than_are_remembered(
    model: BertModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cuoshi.models.bert.REMEMBERED", 2)
    scores = model.score(SENTENCES)
    assert np.array_equal(scores, model.score(SENTENCES))
    assert model.evidence(SENTENCES[0], "testing")


def test_a_graph_that_is_none_is_named(directory: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m"
    shutil.copytree(directory, copy)
    manifest = load_manifest(copy)
    (copy / GRAPH).write_bytes(b"no graph")
    with pytest.raises(ModelError, match="damaged"):
        load_model(copy)
    with pytest.raises(ModelError, match="not a BERT model"):
        BertModel.load(copy, manifest)
