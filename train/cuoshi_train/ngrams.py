"""Count the character trigrams of a corpus: ``cuoshi train ngrams CORPUS... -o ngrams.npz``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.ngrams import fold

LEAST_PAIR = 3
LEAST_TRIPLE = 8
"""What is seen fewer times is left out: it is mostly chance and most of the file."""
MOST = 2**16 - 1


def count(
    texts: Iterable[str], path: Path, least_pair: int = LEAST_PAIR, least_triple: int = LEAST_TRIPLE
) -> None:
    """Write the counts to ``path``.

    The keys are sorted and stored as differences, which compress to about half.
    """
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    triples: Counter[str] = Counter()
    for text in texts:
        folded = fold(text)
        singles.update(folded)
        pairs.update(folded[i : i + 2] for i in range(len(folded) - 1))
        triples.update(folded[i : i + 3] for i in range(len(folded) - 2))
    vocabulary = "".join(char for char, n in singles.most_common() if n >= least_pair)
    index = {char: i for i, char in enumerate(vocabulary)}
    pair_keys, pair_counts = _table(pairs, index, least_pair)
    triple_keys, triple_counts = _table(triples, index, least_triple)
    np.savez_compressed(
        path,
        vocabulary=np.array(vocabulary),
        singles=np.array([singles[char] for char in vocabulary], dtype=np.uint32),
        pair_keys=pair_keys,
        pairs=pair_counts,
        triple_keys=triple_keys,
        triples=triple_counts,
    )


def _table(
    counter: Counter[str], index: dict[str, int], least: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
    rows = []
    for gram, n in counter.items():
        if n >= least and all(char in index for char in gram):
            key = 0
            for char in gram:
                key = key * len(index) + index[char]
            rows.append((key, min(n, MOST)))
    rows.sort()
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    counts = np.array([n for _, n in rows], dtype=np.uint16)
    return np.diff(keys, prepend=0).astype(np.uint64), counts
