"""Fine-tune an encoder: ``cuoshi train bert configs/bert.toml -o DIR``."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cuoshi_train.bert.calibration import fit_temperature, sigmoid
from cuoshi_train.bert.features import Collator, encode, frequencies
from cuoshi_train.bert.network import SETTINGS, EvidenceClassifier, fresh
from cuoshi_train.bert.noise import roughened
from cuoshi_train.bert.scoring import logits, token_f1
from cuoshi_train.bert.training import Schedule, fit, labelled_loss
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import digest, indicator, read_examples
from cuoshi_train.thresholds import expected_f1_thresholds
from cuoshi_train.versions import versions


@dataclass(frozen=True, slots=True)
class BertConfig:
    """`configs/bert.toml`; see there, and `Schedule`."""

    measures: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    encoder: str
    longest: int
    noise: float
    evidence_weight: float
    rate: float
    epochs: float
    batch: int
    warmup: float
    decay: float
    checks: int
    patience: int
    seed: int
    steps: int = 0


def train(
    path: Path, directory: Path, encoder: str | None = None, seed: int | None = None
) -> dict[str, Any]:
    """Train, write the directory, and return the run's record (also written there).

    Args:
        path: the configuration.
        directory: the network's.
        encoder, seed: in place of the configuration's.

    Raises:
        ConfigError, InputError, ModelError: configuration, data or encoder are wrong.
    """
    config = read_config(path, BertConfig)
    config = replace(
        config,
        encoder=encoder or config.encoder,
        seed=config.seed if seed is None else seed,
    )
    measures = read_measures(beside(path, config.measures))
    paths = [beside(path, name) for name in config.train]
    held_paths = [beside(path, name) for name in config.validation]
    examples = [example for file in paths for example in read_examples(file, measures)]
    held = [example for file in held_paths for example in read_examples(file, measures)]
    made_from = digest([*paths, *held_paths])
    network, tokenizer = fresh(config.encoder, measures, config.seed)
    rough = roughened(examples, config.noise, config.seed)
    rows = encode(rough, tokenizer, measures, config.longest)
    network.start_at(*frequencies(rows))
    validation = encode(held, tokenizer, measures, config.longest)
    history = fit(
        network,
        labelled_loss(config.evidence_weight),
        rows,
        validation,
        Collator(tokenizer.pad_token_id),
        schedule_of(config),
        directory,
    )
    return finish(
        network,
        tokenizer,
        validation,
        indicator(held, measures),
        directory,
        {
            "config": asdict(config),
            "measures": [asdict(measure) for measure in measures],
            "data": made_from,
            "sentences": {"train": len(examples), "validation": len(held)},
            "history": history,
        },
    )


def schedule_of(config: Any) -> Schedule:
    """The schedule's part of a configuration."""
    return Schedule(**{name: getattr(config, name) for name in Schedule.__slots__})


def finish(
    network: EvidenceClassifier,
    tokenizer: Any,
    validation: Any,
    truth: Any,
    directory: Path,
    record: dict[str, Any],
) -> dict[str, Any]:
    """Fit temperature and thresholds, write everything, and drop the checkpoints."""
    sentence, tokens = logits(network, validation, Collator(tokenizer.pad_token_id))
    temperature = fit_temperature(truth, sentence)
    scores = sigmoid(sentence / temperature)
    cuts = expected_f1_thresholds(scores)
    labels = [measure["id"] for measure in record["measures"]]
    found = scores >= np.array(cuts)
    record |= {
        "temperature": round(temperature, 4),
        "thresholds": dict(zip(labels, [round(cut, 4) for cut in cuts], strict=True)),
        "validation": {
            "exact": round(float((found == truth).all(axis=1).mean()), 4),
            "evidence token F1": round(token_f1(tokens, validation), 4),
        },
        "versions": versions("torch", "transformers", "datasets"),
    }
    network.save(directory, tokenizer)
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (directory / SETTINGS).write_text(text + "\n", encoding="utf-8")
    (directory / "README.md").write_text(_card(record), encoding="utf-8")
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)
    return record


def _card(record: dict[str, Any]) -> str:
    thresholds = "\n".join(f"- {label}: {cut}" for label, cut in record["thresholds"].items())
    return f"""---
language: zh
license: apache-2.0
pipeline_tag: text-classification
---
# cuoshi

Chinese sentences tagged with policy measures (multi-label). Trained on
{record["sentences"]["train"]} sentences, data digest `{record["data"]}`. Divide the logits by
{record["temperature"]}; thresholds fitted on {record["sentences"]["validation"]} other sentences:

{thresholds}

On those validation sentences: all labels right on {record["validation"]["exact"]:.1%}, evidence
token F1 {record["validation"]["evidence token F1"]:.3f} (`evidence.safetensors`, a linear layer
over the last states). Held-out figures are in the project's README.
"""
