"""The BERT: one ONNX graph that scores a sentence and marks its evidence, without torch.

Each sentence is run alone, so that its tags cannot depend on its neighbours: the activations of
the int8 graph are quantised by their range, and in a batch that range is the batch's. Sentences
run side by side on threads instead. A sentence longer than the graph was trained for is read in
overlapping windows.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from cuoshi.errors import ModelError
from cuoshi.modeldir import Manifest
from cuoshi.models import Scores, Spans

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
OVERLAP = 32
"""Tokens that neighbouring windows of a long sentence share."""
REMEMBERED = 20_000
"""Sentences whose result is kept: agency copy repeats."""
SLOWER = "SkipLayerNormFusion"
"""Adding before normalising, as one step, takes four times as long as the two on a processor."""
GAP = 1
"""Pieces of evidence this near to each other are one."""

Floats = npt.NDArray[np.float32]
Offsets = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the graph said of a sentence.

    Attributes:
        scores: probabilities, shape (labels,).
        evidence: for each label whose score is not negligible, its spans.
    """

    scores: Floats
    evidence: tuple[tuple[tuple[int, int], ...], ...]


class BertModel:
    """A loaded graph with its tokenizer.

    Args:
        manifest: with the options `temperature`, `longest` (tokens of a window, special ones
            among them) and `evidence` (the least token logit).
        session: inputs `input_ids` (1, length); outputs `sentence` (1, labels) and `tokens`
            (1, length, labels), logits.
        tokenizer: adds one special token at each end.
        threads: sentences that run side by side.
    """

    def __init__(
        self,
        manifest: Manifest,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        threads: int,
    ) -> None:
        self.manifest = manifest
        self._session = session
        self._tokenizer = tokenizer
        self._threads = threads
        self._temperature = float(manifest.options["temperature"])
        self._longest = int(manifest.options["longest"])
        self._least = float(manifest.options["evidence"])
        self._known: OrderedDict[str, _Read] = OrderedDict()

    @classmethod
    def load(cls, directory: Path, manifest: Manifest, threads: int | None = None) -> BertModel:
        """Load from a model directory.

        Args:
            directory: with `model.onnx` and `tokenizer.json`.
            manifest: the directory's.
            threads: sentences that run side by side; all processors where it is None.
        """
        try:
            session = open_session(directory / GRAPH)
            tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return cls(manifest, session, tokenizer, threads or processors())
        except Exception as error:  # both libraries raise their own, without a common base
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(f"{directory}: not a BERT model ({reason})") from error

    def score(self, sentences: Sequence[str]) -> Scores:
        """Calibrated probabilities, shape (len(sentences), labels)."""
        todo = list(dict.fromkeys(s for s in sentences if s not in self._known))
        read = {s: self._known[s] for s in sentences if s in self._known}
        encodings = self._encoded(todo)
        if self._threads == 1 or len(todo) < 2:
            results = [self._read(*item) for item in encodings]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                results = list(pool.map(lambda item: self._read(*item), encodings))
        for sentence, result in zip(todo, results, strict=True):
            read[sentence] = self._known[sentence] = result
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        rows = [read[s].scores for s in sentences]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.manifest.labels))

    def evidence(self, sentence: str, label: str) -> Spans:
        """The phrases whose tokens the graph marks; at least its strongest token."""
        if sentence not in self._known:
            self.score([sentence])
        return list(self._known[sentence].evidence[self.manifest.labels.index(label)])

    def forget(self) -> None:
        """Keep no result: sentences that were read are read anew, as a benchmark needs."""
        self._known.clear()

    def _encoded(self, sentences: Sequence[str]) -> list[tuple[str, list[int], Offsets]]:
        encodings = self._tokenizer.encode_batch(list(sentences))
        return [(s, e.ids, e.offsets) for s, e in zip(sentences, encodings, strict=True)]

    def _read(self, sentence: str, ids: list[int], offsets: Offsets) -> _Read:
        logits = np.full(len(self.manifest.labels), -np.inf, dtype=np.float32)
        marks = np.full((len(ids), len(logits)), -np.inf, dtype=np.float32)
        inner = self._longest - 2
        last = max(len(ids) - 2, 1)
        overlap = min(OVERLAP, inner // 2)
        for at in range(0, max(last - overlap, 1), inner - overlap):
            window = [ids[0], *ids[1 + at : 1 + min(at + inner, last)], ids[-1]]
            found, tokens = self._session.run(None, {"input_ids": np.array([window], np.int64)})
            logits = np.maximum(logits, found[0])
            place = slice(1 + at, 1 + at + len(window) - 2)
            marks[place] = np.maximum(marks[place], tokens[0, 1:-1])
        scores = 1 / (1 + np.exp(-logits / self._temperature))
        evidence = tuple(
            tuple(self._spans(sentence, marks[:, i], offsets)) if score >= 0.01 else ()
            for i, score in enumerate(scores)
        )
        return _Read(scores.astype(np.float32), evidence)

    def _spans(self, sentence: str, marks: Floats, offsets: Offsets) -> Spans:
        inner = marks[1:-1]
        if not len(inner):
            return []
        pieces: Spans = []
        for i in np.flatnonzero(inner >= min(self._least, float(inner.max()))).tolist():
            start, end = offsets[i + 1]
            if pieces and start - pieces[-1][1] <= GAP:
                pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
            elif end > start:
                pieces.append((start, end))
        spans = [span for piece in pieces if (span := _trimmed(sentence, *piece))]
        return [span for span in spans if span[1] - span[0] > 1] or spans  # no stray character


def open_session(graph: Path) -> onnxruntime.InferenceSession:
    """A graph; each run takes one thread, and any number may run at once.

    Raises:
        Exception: of the runtime, where the file is no graph that it can run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=[SLOWER]
    )


def _trimmed(sentence: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without marks and spaces at its ends, or None."""
    while start < end and not sentence[start].isalnum():
        start += 1
    while start < end and not sentence[end - 1].isalnum():
        end -= 1
    return (start, end) if start < end else None


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
