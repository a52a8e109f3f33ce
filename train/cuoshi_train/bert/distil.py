"""Teach a smaller network: ``cuoshi train distil configs/distil.toml --teacher DIR -o DIR``.

The student is every n-th layer of the (first) teacher. On each batch, labelled or not, it is drawn
towards the teachers' sentence and token probabilities and the first one's last states; on labelled
sentences also towards the labels.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, concatenate_datasets
from torch import Tensor, nn
from torch.nn.functional import layer_norm, mse_loss

from cuoshi_train.bert.features import IGNORED, Batch, encode, unlabelled
from cuoshi_train.bert.network import EvidenceClassifier, Scored, load, set_dropout, settings
from cuoshi_train.bert.noise import roughened
from cuoshi_train.bert.pool import sentences
from cuoshi_train.bert.teacher import finish, schedule_of
from cuoshi_train.bert.training import Loss, fit, known_loss
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import digest, indicator, read_examples


@dataclass(frozen=True, slots=True)
class DistilConfig:
    """`configs/distil.toml`; see there, and `Schedule`. ``teachers`` is for `train all`."""

    measures: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    held: tuple[str, ...]
    layers: int
    unlabelled: int
    repeat: int
    longest: int
    noise: float
    evidence_weight: float
    states_weight: float
    hard_weight: float
    rate: float
    epochs: float
    batch: int
    warmup: float
    decay: float
    checks: int
    patience: int
    seed: int
    steps: int = 0
    teachers: tuple[int, ...] = ()


def smaller(teacher: EvidenceClassifier, layers: int) -> EvidenceClassifier:
    """A copy of the teacher with ``layers`` of its layers, evenly spaced, the last among them."""
    student = copy.deepcopy(teacher)
    encoder = student.classifier.base_model.encoder
    depth = len(encoder.layer)
    kept = [round((i + 1) * depth / layers) - 1 for i in range(layers)]
    encoder.layer = nn.ModuleList([encoder.layer[i] for i in kept])
    student.classifier.config.num_hidden_layers = layers
    return student


def distilling_loss(teachers: Sequence[EvidenceClassifier], config: DistilConfig) -> Loss:
    """Soft labels of the averaged teachers, states of the first, hard labels where known."""

    def loss(found: Scored, batch: Batch) -> Tensor:
        mask = batch["attention_mask"]
        with torch.no_grad():
            said = [teacher.score(batch["input_ids"], mask) for teacher in teachers]
            sentence = torch.stack([torch.sigmoid(one.sentence) for one in said]).mean(0)
            tokens = torch.stack([torch.sigmoid(one.tokens) for one in said]).mean(0)
            tokens = tokens.masked_fill(mask[..., None] == 0, IGNORED)
        soft = known_loss(found.sentence, sentence)
        soft = soft + config.evidence_weight * known_loss(found.tokens, tokens)
        hard = known_loss(found.sentence, batch["labels"])
        hard = hard + config.evidence_weight * known_loss(found.tokens, batch["evidence"])
        width = found.states.shape[-1:]
        real = mask.bool()
        states = mse_loss(
            layer_norm(found.states[real], width), layer_norm(said[0].states[real], width)
        )
        return soft + config.hard_weight * hard + config.states_weight * states

    return loss


def train(
    path: Path, teachers: Sequence[Path], corpora: Sequence[Path], directory: Path
) -> dict[str, Any]:
    """Distil, write the directory, and return the run's record (also written there).

    Args:
        path: the configuration.
        teachers: directories of trained networks of the same encoder.
        corpora: unlabelled text; may be empty.
        directory: the student's.

    Raises:
        ConfigError, InputError, ModelError: configuration, data or a teacher are wrong.
    """
    config = read_config(path, DistilConfig)
    measures = read_measures(beside(path, config.measures))
    paths = [beside(path, name) for name in config.train]
    held_paths = [beside(path, name) for name in config.validation]
    examples = [example for file in paths for example in read_examples(file, measures)]
    held = [example for file in held_paths for example in read_examples(file, measures)]
    apart = [e.text for name in config.held for e in read_examples(beside(path, name), measures)]

    made_from = digest([*paths, *held_paths])
    loaded = [load(teacher) for teacher in teachers]
    networks = [network for network, _ in loaded]
    tokenizer = loaded[0][1]
    pool = sentences(
        corpora,
        [*apart, *(e.text for e in held)],
        config.unlabelled,
        config.seed,
        [example.text for example in examples],
    )
    parts: list[Dataset] = [
        encode(
            roughened(examples, config.noise, config.seed + i), tokenizer, measures, config.longest
        )
        for i in range(config.repeat)
    ]
    if pool:
        parts.append(unlabelled(pool, tokenizer, len(measures), config.longest))
    validation = encode(held, tokenizer, measures, config.longest)

    student = smaller(networks[0], config.layers)
    set_dropout(student, 0.0)  # what it is drawn towards does not vary
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for network in networks:
        network.eval().requires_grad_(False).to(device)
    history = fit(
        student,
        distilling_loss(networks, config),
        concatenate_datasets(parts),
        validation,
        tokenizer.pad_token_id,
        schedule_of(config),
        directory,
    )
    return finish(
        student,
        tokenizer,
        validation,
        indicator(held, measures),
        directory,
        {
            "config": asdict(config),
            "measures": [asdict(measure) for measure in measures],
            "data": made_from,
            "teachers": [
                {"data": record["data"], "seed": record["config"]["seed"]}
                for record in map(settings, teachers)
            ],
            "sentences": {"train": len(examples), "validation": len(held), "unlabelled": len(pool)},
            "history": history,
        },
    )
