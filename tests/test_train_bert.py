"""The way from data to a shipped BERT, on a tiny encoder."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from datasets import Dataset
from torch.utils.data import SequentialSampler
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from cuoshi.errors import ConfigError, InputError, ModelError
from cuoshi.modeldir import find, load_manifest
from cuoshi.models import load_model
from cuoshi.models.cascade import first_stage, load_cascade
from cuoshi_train.bert import pretrain
from cuoshi_train.bert.ablation import ablation
from cuoshi_train.bert.distil import DistilConfig, kept, smaller
from cuoshi_train.bert.export import export_graph, parity
from cuoshi_train.bert.features import IGNORED, Collator, encode, frequencies
from cuoshi_train.bert.network import EvidenceClassifier, fresh, load, set_dropout, settings
from cuoshi_train.bert.noise import roughened
from cuoshi_train.bert.pool import sentences
from cuoshi_train.bert.targets import with_targets
from cuoshi_train.bert.teacher import BertConfig, train
from cuoshi_train.bert.training import ShuffledBatches, known_loss
from cuoshi_train.cascade import read_cascade
from cuoshi_train.config import read_config, read_measures
from cuoshi_train.dataset import Example, digest
from cuoshi_train.evaluation import evaluate_model
from cuoshi_train.pipeline import build_all, summary
from tests.conftest import ROOT
from tests.models import encoder

PLACES = [
    "花园",
    "草地",
    "河岸",
    "山坡",
    "屋顶",
    "街角",
    "门前",
    "桥头",
    "院子",
    "墙边",
    "田里",
    "路口",
]
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
DATA = 'measures = "measures.toml"\ntrain = ["train.jsonl"]\nvalidation = ["validation.jsonl"]\n'
BASELINE = DATA + "longest = [2]\nleast = [1]\nstrength = [4.0]\nfolds = 2\nseed = 1\n"
COMMON = """
longest = 32
noise = 0.1
evidence_weight = 4.0
epochs = 25.0
batch = 8
warmup = 0.1
decay = 0.01
checks = 4
patience = 4
seed = 1
"""
BERT = DATA + 'encoder = "{encoder}"\nrate = 3e-3\n' + COMMON
DISTIL = (
    DATA
    + 'held = ["validation.jsonl"]\nlayers = 2\nteachers = [1, 2]\nunlabelled = 12\nrepeat = 2\n'
    + "states_weight = 1.0\nhard_weight = 0.5\nrate = 3e-3\n"
    + COMMON
)
CASCADE = "sentences = 100\nagreement = 0.98\n"
PRETRAIN = """
measures = "measures.toml"
held = ["validation.jsonl"]
encoder = "{encoder}"
sentences = 12
longest = 32
masked = 0.3
rate = 1e-3
epochs = 2.0
batch = 8
warmup = 0.1
decay = 0.01
checkpoints = 1
seed = 1
"""


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configs")
    everything = ""
    for name, half in (("train", PLACES), ("validation", PLACES[:6])):
        rows = []
        for i, place in enumerate(half):
            end = "。" if name == "train" else "呢。"
            red, blue = f"{place}开着红花{end}", f"{place}上是蓝天{end}"
            at = len(place) + 2
            rows += [
                {"doc": place, **row}
                for row in (
                    {"text": red, "labels": ["red"], "evidence": {"red": [[at, at + 2]]}},
                    {"text": blue, "labels": ["blue"], "evidence": {"blue": [[at, at + 2]]}},
                    {"text": f"{place}有{i}只小鸟{end}", "labels": []},
                )
            ]
        everything += "".join(row["text"] for row in rows)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    tiny = encoder(folder / "encoder", everything)
    (folder / "measures.toml").write_text(MEASURES, encoding="utf-8")
    (folder / "baseline.toml").write_text(BASELINE, encoding="utf-8")
    (folder / "bert.toml").write_text(BERT.replace("{encoder}", str(tiny)), encoding="utf-8")
    (folder / "distil.toml").write_text(DISTIL, encoding="utf-8")
    (folder / "cascade.toml").write_text(CASCADE, encoding="utf-8")
    (folder / "pretrain.toml").write_text(
        PRETRAIN.replace("{encoder}", str(tiny)), encoding="utf-8"
    )
    lines = [
        json.dumps({"text": f"{p}里的红花和蓝天都很好看，{q}。"}) for p in PLACES for q in PLACES
    ]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(configs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("models")
    assert build_all(configs, output, [configs / "corpus.jsonl"]) == [
        "baseline", "encoder", "teacher", "teacher-2", "student", "bert",
    ]  # fmt: skip
    return output


@pytest.mark.slow
def test_the_whole_way_learns_and_is_not_gone_twice(configs: Path, made: Path) -> None:
    held = configs / "validation.jsonl"
    result = evaluate_model(str(made / "bert"), held)
    assert result.figures["macro_f1"] > 0.9
    assert result.figures["evidence"]["token_f1"] > 0.7
    assert build_all(configs, made, [configs / "corpus.jsonl"]) == []
    assert summary(made, [held]).row_count == 2
    manifest = load_manifest(made / "bert")
    assert manifest.data == digest([configs / "train.jsonl", held])
    assert settings(made / "student")["sentences"]["unlabelled"] == 12
    assert settings(made / "teacher")["config"]["encoder"] == str(made / "encoder")
    assert settings(made / "teacher-2")["config"]["seed"] == 2
    assert len(settings(made / "student")["teachers"]) == 2
    assert 0 < first_stage(made / "bert")[1] < 1
    assert load_cascade(made / "bert").score(["花园开着红花。"]).argmax() == 0


@pytest.mark.slow
def test_pretraining_changes_the_encoder_and_keeps_its_shape(configs: Path, made: Path) -> None:
    before = AutoModel.from_pretrained(configs / "encoder").state_dict()
    after = AutoModel.from_pretrained(made / "encoder").state_dict()
    changed = [name for name, value in after.items() if not torch.equal(value, before[name])]
    assert {name: value.shape for name, value in after.items()}.items() <= {
        name: value.shape for name, value in before.items()
    }.items()
    assert any("layer.0" in name for name in changed)
    record = settings(made / "encoder")
    assert record["sentences"] == 12
    assert all(np.isfinite(record["loss"]))
    with pytest.raises(InputError, match="no corpus: no sentence"):
        pretrain.train(configs / "pretrain.toml", [], made / "nothing")


@pytest.mark.slow
def test_a_changed_configuration_is_made_anew(
    configs: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "models"
    shutil.copytree(made, output)
    copy = tmp_path / "configs"
    shutil.copytree(configs, copy)
    for name in ("bert.toml", "distil.toml"):
        (copy / name).unlink()
    text = (copy / "baseline.toml").read_text("utf-8").replace("[4.0]", "[9.0]")
    (copy / "baseline.toml").write_text(text, encoding="utf-8")
    (copy / "distil.toml").write_text(DISTIL, encoding="utf-8")  # of no use without bert.toml
    assert build_all(copy, output) == ["baseline"]


@pytest.mark.slow
def test_another_version_is_only_exported_anew(configs: Path, made: Path, tmp_path: Path) -> None:
    output = tmp_path / "models"
    shutil.copytree(made, output)
    corpora = [configs / "corpus.jsonl"]
    (output / "made" / "student.json").write_text('{"from": "what is not done", "done": false}')
    assert build_all(configs, output, corpora, "7") == ["student", "bert"]
    assert load_manifest(output / "bert").version == "7"
    (configs / "cascade.toml").write_text("sentences = 100\nagreement = 99.98\n")
    with pytest.raises(ConfigError, match="agreement is from"):
        build_all(configs, output, corpora)
    (configs / "cascade.toml").write_text(CASCADE)


@pytest.mark.slow
def test_an_ablation_changes_what_it_names(configs: Path, tmp_path: Path) -> None:
    base = f'base = "{configs / "bert.toml"}"\nsentences = 27\nheld = 9\nlayers = 2\n'
    base += "epochs = 25.0\nrate = 3e-3\nbatch = 8\nseeds = [1, 2]\n[whole]\n"
    path = tmp_path / "ablation.toml"
    path.write_text(base + '["no evidence"]\nevidence_weight = 0.0\n[mean]\npooling = "mean"\n')
    rows = list(ablation(path))
    assert [row.variant for row in rows] == ["whole", "no evidence", "mean"]
    assert all(len(row.macro_f1) == 2 for row in rows)
    assert np.mean(rows[0].macro_f1) > 0.8
    assert np.mean(rows[2].precision) > 0.8
    assert 0.4 < np.mean(rows[0].noisy) <= 1.0
    assert np.mean(rows[1].evidence) < np.mean(rows[0].evidence) - 0.3
    path.write_text(base + "layer = 1\n")
    with pytest.raises(ConfigError, match=r"whole: unknown key 'layer'; did you mean 'layers'"):
        list(ablation(path))


@pytest.mark.slow
def test_the_network_is_an_ordinary_directory(configs: Path, made: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(made / "teacher")
    assert model.config.problem_type == "multi_label_classification"
    assert model.config.id2label == {0: "red", 1: "blue"}
    tokenizer = AutoTokenizer.from_pretrained(made / "teacher")
    network, _ = load(made / "teacher")
    batch = tokenizer(["花园开着红花。"], return_tensors="pt")
    with torch.inference_mode():
        found = model(**batch).logits
        own = network.score(batch["input_ids"], batch["attention_mask"]).sentence
    assert torch.allclose(found, own, atol=1e-6)
    assert not (made / "teacher" / "checkpoints").exists()


@pytest.mark.slow
def test_an_interrupted_run_goes_on(
    configs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cuoshi_train.bert import training

    stopped = tmp_path / "run"
    text = (configs / "bert.toml").read_text("utf-8")
    short = configs / "short.toml"
    short.write_text(text.replace("epochs = 25.0", "epochs = 3.0"), encoding="utf-8")
    original = training._Trainer.evaluate
    calls = []

    def breaks(self: training._Trainer, *arguments: object, **named: object) -> dict[str, float]:
        calls.append(self.state.global_step)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(self, *arguments, **named)

    monkeypatch.setattr(training._Trainer, "evaluate", breaks)
    with pytest.raises(KeyboardInterrupt):
        train(short, stopped)
    train(short, stopped)
    assert calls[2] > calls[0]  # it did not begin anew


@pytest.mark.slow
def test_parity_of_torch_and_onnx(made: Path, tmp_path: Path) -> None:
    network, tokenizer = load(made / "student")
    export_graph(network, tmp_path / "m.onnx", int8=False)
    kinds = Counter(node.op_type for node in onnx.load(tmp_path / "m.onnx").graph.node)
    assert (kinds["MatMul"], kinds["Split"], kinds["Transpose"]) == (
        2 * 4 + 1,
        2,
        0,
    )  # one of the evidence head
    for text in ("花园开着红花。", "门前。", "河岸上是蓝天，院子里有三只小鸟在唱歌。"):
        ids = np.array([tokenizer(text)["input_ids"]])
        assert parity(network, tmp_path / "m.onnx", ids) < 1e-4


@pytest.mark.slow
def test_targets_are_what_the_teachers_say(made: Path, tmp_path: Path) -> None:
    teachers = [load(made / name)[0] for name in ("teacher", "teacher-2")]
    tokenizer = load(made / "teacher")[1]
    texts = ["花园开着红花。", "门前。", "河岸上是蓝天，院子里有三只小鸟在唱歌。", "门前。"]
    ids = tokenizer(texts)["input_ids"]
    with torch.inference_mode():
        said = [[one.score(torch.tensor([row]), torch.ones(1, len(row))) for row in ids]
                for one in teachers]  # fmt: skip
    rows = with_targets(Dataset.from_dict({"input_ids": ids}), teachers, tmp_path / "states.npy")
    states = np.load(tmp_path / "states.npy", mmap_mode="r")
    assert len(states) == sum(map(len, ids[:3]))  # the last sentence is one of them
    assert rows["states_at"][3] == rows["states_at"][1]
    for n, row in enumerate(rows):
        both = said[0][n], said[1][n]
        sentence = np.mean([torch.sigmoid(one.sentence[0]).numpy() for one in both], 0)
        tokens = np.mean([torch.sigmoid(one.tokens[0]).numpy() for one in both], 0)
        assert np.abs(np.array(row["soft"]) - sentence).max() < 0.1  # int8
        assert np.abs(np.array(row["soft_evidence"]) - tokens).mean() < 0.05
        own = states[row["states_at"] : row["states_at"] + len(ids[n])]
        wanted = both[0].states[0].numpy()
        assert np.corrcoef(own.ravel(), wanted.ravel())[0, 1] > 0.98
    batch = Collator(0, states)(
        [row | {"labels": [0.0, 1.0], "evidence": [[0.0, 0.0]] * len(row["input_ids"])}
         for row in rows]
    )  # fmt: skip
    assert batch["states"].shape == (4, max(map(len, ids)), states.shape[1])
    assert torch.equal(batch["states"][1], batch["states"][3])
    assert batch["soft_evidence"][1, len(ids[1]) :].unique().tolist() == [IGNORED]


def test_targets_are_made_once_for_the_same_source(tmp_path: Path) -> None:
    calls: list[Path] = []

    def make(states: Path) -> Dataset:
        calls.append(states)
        if len(calls) == 1:
            raise KeyboardInterrupt
        np.save(states, np.full((2, 3), len(calls), np.float16))
        return Dataset.from_dict({"states_at": [0, 1]})

    with pytest.raises(KeyboardInterrupt):
        kept(make, tmp_path / "targets", "first")
    for source, number in (("first", 2), ("first", 2), ("second", 3), ("first", 4)):
        rows, states = kept(make, tmp_path / "targets", source)
        assert rows["states_at"][:] == [0, 1]
        assert states[0, 0] == number
    assert len(calls) == 4


@pytest.mark.slow
def test_the_student_is_made_of_the_teachers_layers(made: Path) -> None:
    teacher, _ = load(made / "teacher")
    student = smaller(teacher, 2)
    theirs = teacher.classifier.base_model.encoder.layer
    mine = student.classifier.base_model.encoder.layer
    assert len(mine) == 2
    for own, other in ((0, 1), (1, 3)):
        assert all(
            torch.equal(a, b)
            for a, b in zip(mine[own].parameters(), theirs[other].parameters(), strict=True)
        )
    assert len(theirs) == 4


def test_evidence_becomes_token_labels(configs: Path) -> None:
    measures = read_measures(configs / "measures.toml")
    tokenizer = AutoTokenizer.from_pretrained(configs / "encoder")
    examples = [
        Example("有红花。", ("red",), {"red": ((1, 3),)}),
        Example("蓝天。", ("blue",), {}),
    ]
    rows = encode(examples, tokenizer, measures, 32)
    first, second = rows["evidence"]
    assert [marks[0] for marks in first] == [IGNORED, 0, 1, 1, 0, IGNORED]
    assert [marks[1] for marks in first][1:-1] == [0, 0, 0, 0]
    assert {marks[1] for marks in second} == {IGNORED}  # a label without evidence is not known
    batch = Collator(0)([rows[0], rows[1]])
    assert batch["attention_mask"].tolist() == [[1] * 6, [1] * 5 + [0]]
    assert batch["evidence"][1, 5:].unique().tolist() == [IGNORED]
    sentence, tokens = frequencies(rows)
    assert sentence.tolist() == [0.5, 0.5]
    assert tokens.tolist() == pytest.approx([2 / 7, 0])


def test_unknown_labels_cost_nothing() -> None:
    found = torch.tensor([[2.0, -1.0]])
    known = known_loss(found, torch.tensor([[1.0, IGNORED]]))
    assert known == known_loss(found[:, :1], torch.tensor([[1.0]]))
    assert known_loss(found, torch.full((1, 2), IGNORED)) == 0


def test_batches_change_places_and_stay_whole() -> None:
    torch.manual_seed(1)
    order = list(ShuffledBatches(SequentialSampler(range(43)), 4))
    batches = [order[at : at + 4] for at in range(0, 40, 4)]
    assert sorted(batches) == [list(range(at, at + 4)) for at in range(0, 40, 4)]
    assert batches != sorted(batches)
    assert order[40:] == [40, 41, 42]  # a batch that is not full stays the last


def test_heads_begin_at_the_frequencies(configs: Path) -> None:
    from transformers import BertConfig as HfConfig
    from transformers import BertForSequenceClassification

    config = HfConfig(
        vocab_size=8,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=2,
    )
    network = EvidenceClassifier(BertForSequenceClassification(config))
    network.start_at(torch.tensor([0.1, 0.2]), torch.tensor([0.01, 0.02]))
    biases = network.classifier.classifier.bias, network.evidence.bias
    assert torch.sigmoid(biases[0]).tolist() == pytest.approx([0.1, 0.2])
    assert torch.sigmoid(biases[1]).tolist() == pytest.approx([0.01, 0.02])


def test_noise_keeps_evidence_where_it_is_said() -> None:
    example = Example(
        "请大家今天下午，到门口排队做核酸检测。", ("testing",), {"testing": ((13, 18),)}
    )
    rough = roughened([example] * 300, 1.0, 1)
    said = Counter(e.text[a:b] for e in rough for a, b in e.evidence["testing"])
    assert said.pop("做核酸检测") > 250
    assert all(set(phrase) & set("做核酸检测") or "□" in phrase for phrase in said)  # slipped bytes
    assert len({e.text for e in rough}) > 20
    assert roughened([example], 0.0, 1) == [example]


def test_the_pool_is_of_the_corpus_and_unlike_what_is_held_out(tmp_path: Path) -> None:
    corpus = tmp_path / "c.jsonl"
    texts = [
        "昨天全区开展了核酸检测工作。今天小雨转多云有微风。",
        "隔离人员的三餐由酒店统一送到门口。",
    ]
    corpus.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8")
    assert set(sentences([corpus], [], 10, 1)) == {
        "昨天全区开展了核酸检测工作。", "今天小雨转多云有微风。", "隔离人员的三餐由酒店统一送到门口。",
    }  # fmt: skip
    held = ["隔离人员的三餐由酒店统一送到门口！"]
    assert len(sentences([corpus], held, 10, 1)) == 2
    assert sentences([], held, 10, 1) == []


def test_every_configuration_of_the_project_is_read() -> None:
    for path in [ROOT / "configs" / "bert.toml", *(ROOT / "configs" / "encoders").glob("*.toml")]:
        assert read_config(path, BertConfig).encoder
    assert read_config(ROOT / "configs" / "distil.toml", DistilConfig).layers == 6
    assert read_cascade(ROOT / "configs" / "cascade.toml").agreement == 0.9998


def test_only_attention_weights_are_not_dropped(configs: Path) -> None:
    network, _ = fresh(str(configs / "encoder"), read_measures(configs / "measures.toml"), 1)
    shares = {
        name: module.p
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Dropout)
    }
    assert {share for name, share in shares.items() if name.endswith(".self.dropout")} == {0.0}
    assert {share for name, share in shares.items() if "self" not in name} == {0.1}
    set_dropout(network, 0.0)
    assert not any(m.p for m in network.modules() if isinstance(m, torch.nn.Dropout))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a trained network"):
        load(tmp_path)
    with pytest.raises(ConfigError, match=r"no bert\.toml"):
        build_all(tmp_path, tmp_path / "out")


@pytest.mark.slow
def test_the_shipped_model_is_of_this_data(rebuilt: Path) -> None:
    manifest = load_manifest(find("bert"))
    names = read_config(ROOT / "configs" / "distil.toml", DistilConfig)
    paths = [ROOT / "configs" / name for name in (*names.train, *names.validation)]
    assert manifest.data == digest(paths)
    assert manifest.labels == load_model("baseline").manifest.labels
    size = sum(file.stat().st_size for file in find("bert").iterdir())
    assert size <= 25 * 1024 * 1024
