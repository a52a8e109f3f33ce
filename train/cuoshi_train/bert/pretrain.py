"""Teach an encoder the domain's language: ``cuoshi train pretrain CONFIG --corpus FILE -o DIR``.

Masked language modelling on unlabelled sentences (Gururangan et al. 2020, "Don't Stop
Pretraining"). The result is an encoder directory for `train bert --encoder`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertForMaskedLM,
    DataCollatorForLanguageModeling,
)

from cuoshi.errors import InputError
from cuoshi_train.bert.network import (
    ATTENTION_DROPOUT,
    SETTINGS,
    hub_errors,
    scale_states,
    set_dropout,
)
from cuoshi_train.bert.pool import sentences
from cuoshi_train.bert.training import GroupedTrainer, arguments, keep_memory, run
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import read_examples
from cuoshi_train.encoders import encoder_path
from cuoshi_train.versions import versions

_KNOWN = -100
"""The label of tokens that are not masked."""


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """`configs/pretrain.toml`; see there."""

    measures: str
    held: tuple[str, ...]
    encoder: str
    sentences: int
    longest: int
    masked: float
    rate: float
    epochs: float
    batch: int
    warmup: float
    decay: float
    checkpoints: int
    seed: int
    steps: int = 0


class _Bert(BertForMaskedLM):  # type: ignore[no-untyped-call]
    """Scores the masked tokens alone: the others have no loss to compute."""

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        states = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
        masked = labels != _KNOWN
        return {"loss": cross_entropy(self.cls(states[masked]), labels[masked])}


def train(path: Path, corpora: Sequence[Path], directory: Path) -> dict[str, Any]:
    """Train, write the encoder's directory, and return the run's record (also written there).

    A run that was interrupted goes on from its last checkpoint.

    Args:
        path: the configuration.
        corpora: unlabelled text.
        directory: the encoder's.

    Raises:
        ConfigError, InputError, ModelError: configuration, corpora or encoder are wrong.
    """
    config = read_config(path, PretrainConfig)
    measures = read_measures(beside(path, config.measures))
    held = [e.text for name in config.held for e in read_examples(beside(path, name), measures)]
    pool = sentences(corpora, held, config.sentences, config.seed)
    if not pool:
        raise InputError(f"{', '.join(map(str, corpora)) or 'no corpus'}: no sentence to train on")
    torch.manual_seed(config.seed)
    with hub_errors(config.encoder):
        source = encoder_path(config.encoder)
        bert = AutoConfig.from_pretrained(source).model_type == "bert"
        kind: Any = _Bert if bert else AutoModelForMaskedLM
        network = kind.from_pretrained(source, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(source)
    scale_states(network.base_model, config.encoder)
    set_dropout(network, ATTENTION_DROPOUT, attention=True)
    if tokenizer.mask_token is None:  # a trimmed vocabulary; unknown characters are rare enough
        tokenizer.mask_token = tokenizer.unk_token
    ids = tokenizer(pool, truncation=True, max_length=config.longest)["input_ids"]
    rows = Dataset.from_dict({"input_ids": ids, "length": [len(row) for row in ids]})
    losses = _fit(network, tokenizer, rows, config, directory)
    network.base_model.save_pretrained(directory)
    AutoTokenizer.from_pretrained(source).save_pretrained(directory)
    record = {
        "config": asdict(config),
        "sentences": len(pool),
        "loss": losses,
        "versions": versions("torch", "transformers", "datasets"),
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (directory / SETTINGS).write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)
    return record


def _fit(
    network: Any, tokenizer: Any, rows: Dataset, config: PretrainConfig, directory: Path
) -> list[float]:
    keep_memory()
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=config.masked)
    trainer = GroupedTrainer(
        model=network,
        args=arguments(config, len(rows), config.checkpoints, directory, save_total_limit=1),
        train_dataset=rows,
        data_collator=lambda found: collator([{"input_ids": row["input_ids"]} for row in found]),
    )
    return [round(row["loss"], 4) for row in run(trainer, directory) if "loss" in row]
