"""What the encoder knows untrained: its mean states under a logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

from cuoshi_train.baseline import classifier
from cuoshi_train.bert.features import Collator, batches, unlabelled
from cuoshi_train.bert.network import EvidenceClassifier, fresh
from cuoshi_train.bert.teacher import BertConfig
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import indicator, read_examples
from cuoshi_train.thresholds import fit_thresholds

STRENGTH = 0.1
"""C of the logistic regression."""


def states(
    network: EvidenceClassifier, tokenizer: object, texts: Sequence[str], longest: int
) -> npt.NDArray[np.float64]:
    """Mean of the last states over the tokens of each text, shape (texts, hidden)."""
    rows = unlabelled(texts, tokenizer, 1, longest)
    found = np.zeros((len(texts), network.classifier.config.hidden_size))
    network.eval()
    with torch.inference_mode():
        for places, batch in batches(rows, Collator(network.classifier.config.pad_token_id), 32):
            mask = batch["attention_mask"]
            last = network.score(batch["input_ids"], mask).states
            weights = mask[..., None].float()
            found[places] = ((last * weights).sum(1) / weights.sum(1)).numpy()
    return found


def frozen(path: Path, data: Sequence[Path]) -> list[tuple[float, float]]:
    """Macro and micro F1 on each data file, thresholds fitted on validation.

    Raises:
        ConfigError, InputError, ModelError: configuration, data or encoder are wrong.
    """
    config = read_config(path, BertConfig)
    measures = read_measures(beside(path, config.measures))
    network, tokenizer = fresh(config.encoder, measures, config.seed)

    def features(paths: Sequence[Path]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        examples = [example for one in paths for example in read_examples(one, measures)]
        found = states(network, tokenizer, [e.text for e in examples], config.longest)
        return found, indicator(examples, measures)

    train, truth = features([beside(path, name) for name in config.train])
    scaler = StandardScaler().fit(train)
    model = classifier(STRENGTH, config.seed).fit(scaler.transform(train), truth)
    held, held_truth = features([beside(path, name) for name in config.validation])
    cuts = np.array(fit_thresholds(held_truth, model.predict_proba(scaler.transform(held))))
    found = []
    for one in data:
        inputs, wanted = features([one])
        guesses = model.predict_proba(scaler.transform(inputs)) >= cuts
        macro, micro = (
            float(f1_score(wanted, guesses, average=average, zero_division=0))
            for average in ("macro", "micro")
        )
        found.append((macro, micro))
    return found
