"""TF-IDF of character n-grams, counted by arrays: many sentences at once, without scikit-learn.

The vocabulary is a tree whose levels are sorted arrays: an n-gram's node at level n is found by
the node of its first n - 1 characters and its last one. The features are those of scikit-learn's
`TfidfVectorizer(analyzer="char", sublinear_tf=True)`, which the workshop trains on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPACES = re.compile(r"\s\s+")
CHUNK = 1024
"""Sentences that are counted together: memory stays small however many there are."""


class TfIdf:
    """The features of a linear model and its logits.

    Args:
        vocabulary: the v n-grams, none empty.
        idf: shape (v,).
    """

    def __init__(self, vocabulary: Sequence[str], idf: Floats) -> None:
        self._idf = idf
        codes = _codes(vocabulary)
        self._alphabet, ids = np.unique(codes, return_inverse=True)
        sizes = _sizes(vocabulary)
        first = np.cumsum(sizes) - sizes
        node = np.zeros(len(sizes), dtype=np.int64)
        self._levels: list[tuple[Ints, Ints]] = []
        for n in range(1, int(sizes.max(initial=0)) + 1):
            longer = np.flatnonzero(sizes >= n)
            keys = node[longer] * len(self._alphabet) + ids[first[longer] + n - 1]
            nodes, node[longer] = np.unique(keys, return_inverse=True)
            columns = np.full(len(nodes), -1, dtype=np.int64)
            ends = np.flatnonzero(sizes == n)
            columns[node[ends]] = ends
            self._levels.append((nodes, columns))

    def logits(self, sentences: Sequence[str], weights: Floats) -> Floats:
        """The features times weights.

        Args:
            sentences: n of them.
            weights: shape (labels, v).

        Returns:
            Shape (n, labels).
        """
        parts = [
            self._chunk(sentences[at : at + CHUNK], weights)
            for at in range(0, len(sentences), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(weights)))

    def _chunk(self, sentences: Sequence[str], weights: Floats) -> Floats:
        rows, columns, counts = self._counts([_SPACES.sub(" ", s) for s in sentences])
        values = (np.log(counts) + 1) * self._idf[columns]
        lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(sentences)))
        values /= lengths[rows]
        sums = [np.bincount(rows, values * w[columns], minlength=len(sentences)) for w in weights]
        return np.stack(sums, axis=1)

    def _counts(self, sentences: Sequence[str]) -> tuple[Ints, Ints, Ints]:
        """Row, column and count of every feature that is there, by row, then column."""
        ids = self._ids(_codes(sentences))
        sizes = _sizes(sentences)
        row = np.repeat(np.arange(len(sizes)), sizes)
        end = np.repeat(np.cumsum(sizes), sizes)
        start, node = np.arange(len(ids)), np.zeros(len(ids), dtype=np.int64)
        cells = []
        for n, (nodes, columns) in enumerate(self._levels, 1):
            inside = start + n <= end[start]
            start, node = start[inside], node[inside]
            last = ids[start + n - 1]
            node, found = _places(nodes, node * len(self._alphabet) + last)
            found &= last >= 0
            start, node = start[found], node[found]
            column = columns[node]
            cells.append((row[start] * len(self._idf) + column)[column >= 0])
        every = np.concatenate([np.zeros(0, dtype=np.int64), *cells])
        cell, counts = np.unique(every, return_counts=True)
        return cell // len(self._idf), cell % len(self._idf), counts

    def _ids(self, codes: Ints) -> Ints:
        """The characters' places in the alphabet, -1 for others."""
        places, found = _places(self._alphabet, codes)
        return np.where(found, places, -1)


def _codes(strings: Sequence[str]) -> Ints:
    data = "".join(strings).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(data, dtype="<u4").astype(np.int64)


def _sizes(strings: Sequence[str]) -> Ints:
    return np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))


def _places(table: Ints, keys: Ints) -> tuple[Ints, npt.NDArray[Any]]:
    """Where each key stands in the sorted table, and whether it does."""
    if not len(table):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=bool)
    places = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return places, table[places] == keys
