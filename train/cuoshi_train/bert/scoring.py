"""What a network says of sentences: logits in batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from datasets import Dataset

from cuoshi_train.bert.features import Collator, batches
from cuoshi_train.bert.network import EvidenceClassifier

Floats = npt.NDArray[np.float64]


def logits(
    network: EvidenceClassifier, dataset: Dataset, collator: Collator, size: int = 32
) -> tuple[Floats, list[Floats]]:
    """Logits of the sentences, shape (n, labels), and of each one's tokens, (tokens, labels)."""
    device = next(network.parameters()).device
    was = network.training
    network.eval()
    sentence = np.zeros((len(dataset), len(dataset[0]["labels"])))
    tokens: list[Floats] = [np.zeros(0)] * len(dataset)
    with torch.inference_mode():
        for places, batch in batches(dataset, collator, size):
            mask = batch["attention_mask"].to(device)
            scored = network.score(batch["input_ids"].to(device), mask)
            sentence[places] = scored.sentence.float().cpu().numpy()
            marks = scored.tokens.float().cpu().numpy()
            for row, place in enumerate(places):
                tokens[place] = marks[row, : int(batch["attention_mask"][row].sum())]
    network.train(was)
    return sentence, tokens


def token_f1(tokens: Sequence[Floats], dataset: Dataset) -> float:
    """F1 of the tokens marked as evidence (logit over 0), labels together."""
    right = guessed = wanted = 0
    for marks, truth in zip(tokens, dataset["evidence"], strict=True):
        gold = np.array(truth)
        found = (marks > 0) & (gold >= 0)
        right += int((found & (gold > 0)).sum())
        guessed += int(found.sum())
        wanted += int((gold > 0).sum())
    return 2 * right / max(guessed + wanted, 1)
