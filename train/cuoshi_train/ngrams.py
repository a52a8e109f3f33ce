"""Count the character trigrams of a corpus: ``cuoshi train ngrams CORPUS... -o ngrams.npz``.

Documents that hold a sentence which something is measured on can be left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.ngrams import fold

LEAST_PAIR = 3
LEAST_TRIPLE = 3
"""What is seen fewer times is left out: it is mostly chance and most of the file."""
MOST = 2**16 - 1
SPARED = 8
"""One text in so many is left out of a corpus that is spared."""
_HEAD = 12
"""Han characters of a held sentence by which it is looked for; shorter ones are said anywhere."""
_NOT_HAN = re.compile("[^\u4e00-\u9fff]")


def spared(texts: Iterable[str]) -> Iterator[tuple[bool, str]]:
    """Each text, and whether it is one of those that a spared corpus leaves out."""
    for i, text in enumerate(texts):
        yield i % SPARED == SPARED - 1, text


def without(texts: Iterable[str], held: Sequence[str]) -> Iterator[str]:
    """The texts that hold none of the held sentences, whatever the punctuation."""
    heads: defaultdict[str, set[str]] = defaultdict(set)
    for sentence in held:
        said = _NOT_HAN.sub("", sentence)
        if len(said) >= _HEAD:
            heads[said[:_HEAD]].add(said)
    for text in texts:
        said = _NOT_HAN.sub("", text)
        if not any(
            said.startswith(sentence, i)
            for i in range(len(said))
            for sentence in heads.get(said[i : i + _HEAD], ())
        ):
            yield text


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
