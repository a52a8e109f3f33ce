"""What each part of the training brings: ``cuoshi measure ablation configs/ablation.toml``.

Small networks, trained with and without it. They are measured on documents of the training split
that they did not see: thousands of sentences, where the test splits have too few to tell half a
point, and nothing is chosen by what is kept to measure the shipped model.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor

from cuoshi.errors import ConfigError
from cuoshi.measures import Measure
from cuoshi_train.bert.calibration import fit_temperature, sigmoid
from cuoshi_train.bert.distil import smaller
from cuoshi_train.bert.features import Collator, encode, frequencies
from cuoshi_train.bert.network import EvidenceClassifier, fresh
from cuoshi_train.bert.noise import roughened
from cuoshi_train.bert.pool import ALIKE
from cuoshi_train.bert.scoring import logits, token_f1
from cuoshi_train.bert.teacher import BertConfig, schedule_of
from cuoshi_train.bert.training import fit, labelled_loss
from cuoshi_train.config import beside, checked, read_config, read_measures, read_toml
from cuoshi_train.dataset import Example, indicator, read_examples
from cuoshi_train.similarity import Near
from cuoshi_train.thresholds import expected_f1_thresholds


@dataclass(frozen=True, slots=True)
class AblationConfig:
    """The keys of `configs/ablation.toml`; see there."""

    base: str
    sentences: int
    held: int
    layers: int
    epochs: float
    rate: float
    batch: int
    seeds: tuple[int, ...]
    pooling: str = "first"


@dataclass(frozen=True, slots=True)
class Row:
    """A variant's figures on the held documents, one for each seed.

    Attributes:
        variant: its name.
        macro_f1: at thresholds from the validation split.
        precision: mean average precision, which needs no thresholds.
        noisy: macro-F1 with noise in every sentence, of the kinds in training.
        evidence: F1 of the evidence tokens.
    """

    variant: str
    macro_f1: tuple[float, ...]
    precision: tuple[float, ...]
    noisy: tuple[float, ...]
    evidence: tuple[float, ...]

    def __str__(self) -> str:
        cells = [self.variant]
        for values in (self.macro_f1, self.precision, self.noisy, self.evidence):
            spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.3f}{spread}")
        return " | ".join(cells)


class MeanPooled(EvidenceClassifier):
    """The sentence head over the mean of the token states, in place of the first one's."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """As `EvidenceClassifier.forward`."""
        found = super().forward(input_ids, attention_mask)
        mask = attention_mask[..., None].to(found["states"].dtype)
        mean = (found["states"] * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        network = self.classifier
        pooled = network.base_model.pooler(mean)  # takes the first of the states it is given
        return found | {"sentence": network.classifier(network.dropout(pooled))}


def ablation(path: Path, encoder: str | None = None) -> Iterator[Row]:
    """The variants' rows, in the file's order.

    Args:
        path: the configuration.
        encoder: in place of the base configuration's.

    Raises:
        ConfigError, InputError, ModelError: configuration, data or encoder are wrong.
    """
    table = read_toml(path)
    variants = {key: value for key, value in table.items() if isinstance(value, dict)}
    rest = {key: value for key, value in table.items() if key not in variants}
    config = checked(rest, AblationConfig, str(path))
    home = beside(path, config.base)
    base = read_config(home, BertConfig)
    common = read_toml(home) | ({"encoder": encoder} if encoder else {})
    measures = read_measures(beside(home, base.measures))
    *others, real = (read_examples(beside(home, name), measures) for name in base.train)
    written = [example for other in others for example in other]
    validation = [e for n in base.validation for e in read_examples(beside(home, n), measures)]
    plans = [_changed(rest, more, common, f"{path}: {name}") for name, more in variants.items()]
    free, held = _apart(real, config.held)
    for name, (mine, changed) in zip(variants, plans, strict=True):
        examples = written + free[: mine.sentences]
        found = [
            _one(mine, changed, seed, examples, validation, held, measures) for seed in mine.seeds
        ]
        yield Row(name, *zip(*found, strict=True))


def _changed(
    config: Mapping[str, Any], changes: Mapping[str, Any], base: Mapping[str, Any], where: str
) -> tuple[AblationConfig, BertConfig]:
    """A variant's two configurations; keys that say what it is measured by may not change."""
    theirs = {field.name for field in fields(BertConfig)}
    for key in changes:
        if key in {"base", "held", "seed", "measures", "train", "validation"}:
            raise ConfigError(f"{where}: {key!r} is the same for all variants")
    ours = {key: value for key, value in changes.items() if key not in theirs or key in config}
    mine = checked({**config, **ours}, AblationConfig, where)
    rest = {key: value for key, value in changes.items() if key not in ours}
    fixed = {"epochs": mine.epochs, "rate": mine.rate, "batch": mine.batch, "checks": 1}
    if mine.pooling not in {"first", "mean"} or not mine.seeds:
        raise ConfigError(f"{where}: pooling is 'first' or 'mean', and there is at least one seed")
    return mine, checked({**base, **fixed, **rest}, BertConfig, where)


def _apart(examples: Sequence[Example], held: int) -> tuple[list[Example], list[Example]]:
    """Shuffled examples, and at least ``held`` others, of other documents and unlike the former."""
    documents: dict[str, list[Example]] = {}
    for example in examples:
        documents.setdefault(str(example.fields.get("doc", "")), []).append(example)
    rng = random.Random(0)
    order = sorted(documents)
    rng.shuffle(order)
    kept: list[Example] = []
    while order and len(kept) < held:
        kept += documents[order.pop()]
    near = Near([example.text for example in kept])
    rest = [e for name in order for e in documents[name] if not near.any(e.text, ALIKE)]
    rng.shuffle(rest)
    return rest, kept


def _one(
    config: AblationConfig,
    base: BertConfig,
    seed: int,
    examples: Sequence[Example],
    validation: Sequence[Example],
    held: Sequence[Example],
    measures: Sequence[Measure],
) -> tuple[float, float, float, float]:
    """What `Row` has for each seed, of one network."""
    base = replace(base, seed=seed)
    network, tokenizer = fresh(base.encoder, measures, seed)
    network = smaller(network, config.layers)
    if config.pooling == "mean":
        network.__class__ = MeanPooled
    rows = encode(roughened(examples, base.noise, seed), tokenizer, measures, base.longest)
    network.start_at(*frequencies(rows))
    checks, tests, noisy = (
        encode(e, tokenizer, measures, base.longest)
        for e in (validation, held, roughened(held, 1.0, 0))
    )
    collator = Collator(tokenizer.pad_token_id)
    with tempfile.TemporaryDirectory() as directory:
        loss = labelled_loss(base.evidence_weight)
        fit(network, loss, rows, checks, collator, schedule_of(base), Path(directory))
    known_logits, _ = logits(network, checks, collator)
    temperature = fit_temperature(indicator(validation, measures), known_logits)
    cuts = np.array(expected_f1_thresholds(sigmoid(known_logits / temperature)))
    found, tokens = logits(network, tests, collator)
    truth, scores = indicator(held, measures), sigmoid(found / temperature)
    rough = sigmoid(logits(network, noisy, collator)[0] / temperature)
    f1, noisy_f1 = (
        float(f1_score(truth, said >= cuts, average="macro", zero_division=0))
        for said in (scores, rough)
    )
    precision = float(average_precision_score(truth, scores, average="macro"))
    return f1, precision, noisy_f1, token_f1(tokens, tests)
