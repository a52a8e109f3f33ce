"""The baseline: TF-IDF of character n-grams and one logistic regression per label.

Kept as plain arrays; no pickle is read, and scikit-learn is not needed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from cuoshi.errors import ModelError
from cuoshi.modeldir import Manifest
from cuoshi.models import Scores, Spans
from cuoshi.models.tfidf import TfIdf

VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.npz"
STRONG = 0.4
"""Evidence is where a character carries at least this share of the strongest one's weight."""
GAP = 1
"""Pieces of evidence this near to each other are one."""
PIECES = 3
"""The most pieces of evidence for a label."""

Floats = npt.NDArray[np.float64]


class LinearModel:
    """Loaded baseline.

    Args:
        manifest: with `longest`, the characters of the longest n-gram, among its options.
        vocabulary: the n features.
        idf: shape (n,).
        weights, bias: shapes (labels, n) and (labels,).
    """

    def __init__(
        self, manifest: Manifest, vocabulary: list[str], idf: Floats, weights: Floats, bias: Floats
    ) -> None:
        self.manifest = manifest
        self._features = TfIdf(vocabulary, idf)
        self._column = {ngram: i for i, ngram in enumerate(vocabulary)}
        self._idf = idf
        self._weights = weights
        self._bias = bias

    @classmethod
    def load(cls, directory: Path, manifest: Manifest) -> LinearModel:
        """Load from a model directory."""
        try:
            vocabulary = json.loads((directory / VOCABULARY).read_text("utf-8"))
            with np.load(directory / WEIGHTS, allow_pickle=False) as arrays:
                idf, weights, bias = (
                    arrays[name].astype(np.float64) for name in ("idf", "weights", "bias")
                )
            shape = (len(manifest.labels), len(vocabulary))
            if weights.shape != shape or len(idf) != shape[1] or len(bias) != shape[0]:
                raise ValueError(f"weights of shape {weights.shape} for {shape}")
            return cls(manifest, vocabulary, idf, weights, bias)
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
            raise ModelError(f"{directory}: not a linear model ({error})") from error

    def score(self, sentences: Sequence[str]) -> Scores:
        """Probabilities of the logistic regressions."""
        logits = self._features.logits(sentences, self._weights) + self._bias
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)

    def evidence(self, sentence: str, label: str) -> Spans:
        """Where the heaviest n-grams stand, merged.

        The weight of each n-gram is spread over its characters; pieces are runs of characters
        with much of it.
        """
        weights = self._weights[self.manifest.labels.index(label)]
        weight = np.zeros(len(sentence))
        for n in range(1, int(str(self.manifest.options["longest"])) + 1):
            for i in range(len(sentence) - n + 1):
                column = self._column.get(sentence[i : i + n])
                if column is not None:
                    weight[i : i + n] += weights[column] * self._idf[column] / n
        if not len(weight) or weight.max() <= 0:
            return []
        pieces: Spans = []
        for i in np.flatnonzero(weight >= STRONG * weight.max()).tolist():
            if not sentence[i].isalnum():
                continue
            if pieces and i - pieces[-1][1] <= GAP:
                pieces[-1] = (pieces[-1][0], i + 1)
            else:
                pieces.append((i, i + 1))
        pieces = [(start, end) for start, end in pieces if end - start > 1]
        heaviest = sorted(pieces, key=lambda piece: -weight[piece[0] : piece[1]].sum())[:PIECES]
        return sorted(heaviest)
