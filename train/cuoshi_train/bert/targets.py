"""What teachers say of sentences, computed once before the student learns it.

The teachers run as int8 graphs, as the runtime does: on a processor that takes a fifth of the time
of the networks themselves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, concatenate_datasets
from numpy.lib.format import open_memmap
from rich.console import Console
from rich.progress import track

from cuoshi.models.bert import open_session, processors
from cuoshi_train.bert.calibration import Floats, sigmoid
from cuoshi_train.bert.export import export_graph
from cuoshi_train.bert.features import SOFT, SOFT_EVIDENCE, STATES_AT
from cuoshi_train.bert.network import EvidenceClassifier

Sentence = tuple[int, ...]
CHUNK = 1024
"""Sentences whose states are in memory at a time."""


def with_targets(rows: Dataset, teachers: Sequence[EvidenceClassifier], states: Path) -> Dataset:
    """The rows with what the teachers say of them.

    `soft`, (labels,), and `soft_evidence`, (tokens, labels), are their mean probabilities;
    `states_at` is where in the file ``states`` the first one's last states of the row begin.

    Args:
        rows: with `input_ids`; like rows are read once.
        teachers: trained; their attention implementation and mode are changed.
        states: written; an array of float16, (tokens, hidden).
    """
    every = [tuple(ids) for ids in rows["input_ids"]]
    unique = list(dict.fromkeys(every))
    ends = np.cumsum([len(ids) for ids in unique])
    places = dict(zip(unique, [0, *ends[:-1].tolist()], strict=True))
    width = teachers[0].classifier.config.hidden_size
    kept = open_memmap(states, "w+", np.float16, (int(ends[-1]), width))
    sentence: dict[Sentence, Floats] = {}
    tokens: dict[Sentence, Floats] = {}
    for n, teacher in enumerate(teachers):
        said = track(
            _read(teacher, unique),
            f"teacher {n + 1} of {len(teachers)} reads",
            len(unique),
            console=Console(stderr=True),
        )
        for ids, (of_sentence, of_tokens, last) in zip(unique, said, strict=True):
            if n == 0:
                sentence[ids], tokens[ids] = of_sentence, of_tokens
                kept[places[ids] : places[ids] + len(ids)] = last
            else:
                sentence[ids], tokens[ids] = sentence[ids] + of_sentence, tokens[ids] + of_tokens
    kept.flush()
    columns = {
        SOFT: [(sentence[ids] / len(teachers)).tolist() for ids in every],
        SOFT_EVIDENCE: [(tokens[ids] / len(teachers)).tolist() for ids in every],
        STATES_AT: [places[ids] for ids in every],
    }
    return concatenate_datasets([rows, Dataset.from_dict(columns)], axis=1)


def _read(
    teacher: EvidenceClassifier, sentences: Sequence[Sentence]
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Probabilities of each sentence and of its tokens, and its last states."""
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "teacher.onnx"
        export_graph(teacher, graph, states=True)
        session = open_session(graph)

    def read(ids: Sentence) -> tuple[Floats, Floats, Floats]:
        found: list[Any] = session.run(None, {"input_ids": np.array([ids], np.int64)})
        return sigmoid(found[0][0]), sigmoid(found[1][0]), found[2][0]

    with ThreadPoolExecutor(processors()) as pool:
        for at in range(0, len(sentences), CHUNK):
            yield from pool.map(read, sentences[at : at + CHUNK])
