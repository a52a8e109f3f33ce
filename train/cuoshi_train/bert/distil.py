"""Teach a smaller network: ``cuoshi train distil configs/distil.toml --teacher DIR -o DIR``.

The student is every n-th layer of the (first) teacher. On each sentence, labelled or not, it is
drawn towards the teachers' probabilities of the sentence and of its tokens and towards the first
one's last states; on labelled ones also towards the labels.
"""

from __future__ import annotations

import copy
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, concatenate_datasets, load_from_disk
from torch import Tensor, nn
from torch.nn.functional import layer_norm, mse_loss

from cuoshi_train.bert.features import SOFT, SOFT_EVIDENCE, Batch, Collator, encode, unlabelled
from cuoshi_train.bert.network import EvidenceClassifier, Scored, load, set_dropout, settings
from cuoshi_train.bert.noise import roughened
from cuoshi_train.bert.pool import sentences
from cuoshi_train.bert.targets import with_targets
from cuoshi_train.bert.teacher import finish, schedule_of
from cuoshi_train.bert.training import Loss, fit, known_loss
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import digest, indicator, read_examples

STATES = "states.npy"


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


def distilling_loss(config: DistilConfig) -> Loss:
    """The teachers' probabilities, the first one's states, and the labels where they are known."""

    def loss(found: Scored, batch: Batch) -> Tensor:
        soft = known_loss(found.sentence, batch[SOFT])
        soft = soft + config.evidence_weight * known_loss(found.tokens, batch[SOFT_EVIDENCE])
        hard = known_loss(found.sentence, batch["labels"])
        hard = hard + config.evidence_weight * known_loss(found.tokens, batch["evidence"])
        mask, width = batch["attention_mask"].bool(), found.states.shape[-1:]
        mine, theirs = (layer_norm(one[mask], width) for one in (found.states, batch["states"]))
        return soft + config.hard_weight * hard + config.states_weight * mse_loss(mine, theirs)

    return loss


def kept(make: Callable[[Path], Dataset], folder: Path, source: str) -> tuple[Dataset, Any]:
    """Rows and states that an interrupted run does not make again: in ``folder``, if of ``source``.

    Args:
        make: writes the states to a file, and gives the rows.
    """
    path = folder / hashlib.sha256(source.encode()).hexdigest()[:16]
    if not path.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        half = folder / "half"
        half.mkdir(parents=True)
        make(half / STATES).save_to_disk(half / "rows")
        half.rename(path)
    return load_from_disk(path / "rows"), np.load(path / STATES, mmap_mode="r")


def train(
    path: Path,
    teachers: Sequence[Path],
    corpora: Sequence[Path],
    directory: Path,
    seed: int | None = None,
) -> dict[str, Any]:
    """Distil, write the directory, and return the run's record (also written there).

    Args:
        path: the configuration.
        teachers: directories of trained networks of the same encoder.
        corpora: unlabelled text; may be empty.
        directory: the student's.
        seed: in place of the configuration's.

    Raises:
        ConfigError, InputError, ModelError: configuration, data or a teacher are wrong.
    """
    config = read_config(path, DistilConfig)
    config = replace(config, seed=config.seed if seed is None else seed)
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
    student = smaller(networks[0], config.layers)
    set_dropout(student, 0.0)  # what it is drawn towards does not vary

    def make(states: Path) -> Dataset:
        parts = [
            encode(
                roughened(examples, config.noise, config.seed + i),
                tokenizer,
                measures,
                config.longest,
            )
            for i in range(config.repeat)
        ]
        pool = sentences(
            corpora,
            [*apart, *(e.text for e in held)],
            config.unlabelled,
            config.seed,
            [example.text for example in examples],
        )
        if pool:
            parts.append(unlabelled(pool, tokenizer, len(measures), config.longest))
        return with_targets(concatenate_datasets(parts), networks, states)

    weights = [path for teacher in teachers for path in sorted(teacher.glob("*.safetensors"))]
    source = f"{made_from} {config} {digest([*corpora, *weights])} {apart}"
    rows, states = kept(make, directory / "targets", source)
    validation = encode(held, tokenizer, measures, config.longest)
    history = fit(
        student,
        distilling_loss(config),
        rows,
        validation,
        Collator(tokenizer.pad_token_id, states),
        schedule_of(config),
        directory,
    )
    taught = len(rows) - config.repeat * len(examples)
    record = finish(
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
            "sentences": {"train": len(examples), "validation": len(held), "unlabelled": taught},
            "history": history,
        },
    )
    shutil.rmtree(directory / "targets", ignore_errors=True)
    return record
