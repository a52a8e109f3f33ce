"""Labelled sentences as token ids with sentence labels and evidence labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from datasets import Dataset
from torch import Tensor

from cuoshi.measures import Measure
from cuoshi_train.dataset import Example

IGNORED = -100.0
"""A label that is not known, and costs nothing."""

SOFT, SOFT_EVIDENCE, STATES_AT = "soft", "soft_evidence", "states_at"
"""Columns of what teachers say: see `cuoshi_train.bert.targets`."""

Batch = dict[str, Tensor]


def encode(
    examples: Sequence[Example], tokenizer: Any, measures: Sequence[Measure], longest: int
) -> Dataset:
    """Sentences as rows of `input_ids`, `length`, `labels` (labels,), `evidence` (tokens, labels).

    A token is evidence where it shares a character with an evidence span. Special tokens are
    ignored, and so is a whole column whose label the sentence has without evidence being given.
    """
    encoded = tokenizer(
        [e.text for e in examples],
        truncation=True,
        max_length=longest,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    columns: dict[str, list[Any]] = {"input_ids": [], "length": [], "labels": [], "evidence": []}
    for n, example in enumerate(examples):
        ids = encoded["input_ids"][n]
        columns["input_ids"].append(ids)
        columns["length"].append(len(ids))
        columns["labels"].append([float(m.id in example.labels) for m in measures])
        places = zip(encoded["offset_mapping"][n], encoded["special_tokens_mask"][n], strict=True)
        columns["evidence"].append(
            [
                [IGNORED if special else _token(example, m.id, *place) for m in measures]
                for place, special in places
            ]
        )
    return Dataset.from_dict(columns)


def _token(example: Example, label: str, start: int, end: int) -> float:
    if label not in example.labels:
        return 0.0
    spans = example.evidence.get(label)
    if not spans:
        return IGNORED
    return float(any(start < b and a < end for a, b in spans))


def unlabelled(texts: Sequence[str], tokenizer: Any, labels: int, longest: int) -> Dataset:
    """The same rows for sentences of which nothing is known."""
    ids = tokenizer(list(texts), truncation=True, max_length=longest)["input_ids"]
    return Dataset.from_dict(
        {
            "input_ids": ids,
            "length": [len(row) for row in ids],
            "labels": [[IGNORED] * labels for _ in ids],
            "evidence": [[[IGNORED] * labels for _ in row] for row in ids],
        }
    )


def frequencies(rows: Dataset) -> tuple[Tensor, Tensor]:
    """Shares of sentences with each label, and of tokens that are evidence of it."""
    sentences = torch.tensor(rows["labels"])
    tokens = torch.tensor([marks for row in rows["evidence"] for marks in row])
    known = (tokens >= 0).float()
    return sentences.mean(0), (tokens.clamp(min=0) * known).sum(0) / known.sum(0).clamp(min=1)


class Collator:
    """Pads rows to the longest of a batch.

    Args:
        pad: the token to pad with.
        states: where the rows' `states_at` points, (tokens, hidden).
    """

    def __init__(self, pad: int, states: npt.NDArray[np.float16] | None = None) -> None:
        self.pad = pad
        self.states = states

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Batch:
        """Tensors `input_ids`, `attention_mask`, `labels`, `evidence`, and the teachers' if known.

        Those are `soft`, `soft_evidence` and `states`, (batch, length, hidden).
        """
        longest = max(len(row["input_ids"]) for row in rows)
        labels = len(rows[0]["labels"])
        batch = {
            "input_ids": torch.full((len(rows), longest), self.pad),
            "attention_mask": torch.zeros(len(rows), longest, dtype=torch.long),
        }
        taught = SOFT in rows[0]
        states = self.states if taught else None
        for name in ("labels", SOFT) if taught else ("labels",):
            batch[name] = torch.tensor([row[name] for row in rows], dtype=torch.float32)
        marks = ("evidence", SOFT_EVIDENCE) if taught else ("evidence",)
        for name in marks:
            batch[name] = torch.full((len(rows), longest, labels), IGNORED)
        if states is not None:
            batch["states"] = torch.zeros(len(rows), longest, states.shape[1])
        for i, row in enumerate(rows):
            n = len(row["input_ids"])
            batch["input_ids"][i, :n] = torch.tensor(row["input_ids"])
            batch["attention_mask"][i, :n] = 1
            for name in marks:
                batch[name][i, :n] = torch.tensor(row[name])
            if states is not None:
                at = row[STATES_AT]
                batch["states"][i, :n] = torch.from_numpy(states[at : at + n].astype("f4"))
        return batch


def batches(dataset: Dataset, collator: Collator, size: int) -> Iterator[tuple[list[int], Batch]]:
    """The rows in batches of like length, each with the rows' places."""
    order = sorted(range(len(dataset)), key=dataset["length"].__getitem__)
    for at in range(0, len(order), size):
        places = order[at : at + size]
        yield places, collator([dataset[i] for i in places])
