"""How likely a run of characters is in Chinese: a character trigram model.

The model is counts of single characters, pairs and triples in real Simplified text, kept in
``ngrams.npz`` beside this file (``cuoshi train ngrams`` makes it). Everything that is not a Han
character is folded into two classes, punctuation and letters or digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

PUNCTUATION = "，"
LETTER = "0"
SMOOTHING = 4.0
"""Weight of the shorter context's estimate, in counts."""
UNSEEN = 20_000
"""About how many characters share the one count that is set aside for those never seen."""

Ints = npt.NDArray[np.integer]
_FIRST, _LAST = 0x4E00, 0x9FFF


def fold(string: str) -> str:
    """The same number of characters, with everything but Han folded into the two classes."""
    return "".join(
        char if "\u4e00" <= char <= "\u9fff" else LETTER if char.isalnum() else PUNCTUATION
        for char in string
    )


class CharacterModel:
    """Trigram log probabilities, each order smoothed by the next shorter one.

    Args:
        vocabulary: the n characters, no two alike.
        singles: counts, shape (n,).
        pair_keys, pairs: sorted keys ``a * n + b`` of the pairs seen and their counts.
        triple_keys, triples: the same for ``(a * n + b) * n + c``.
    """

    def __init__(
        self,
        vocabulary: str,
        singles: Ints,
        pair_keys: Ints,
        pairs: Ints,
        triple_keys: Ints,
        triples: Ints,
    ) -> None:
        self._size = len(vocabulary)
        index = {char: i for i, char in enumerate(vocabulary)}
        self._han = np.array(
            [index.get(chr(code), self._size) for code in range(_FIRST, _LAST + 1)], np.int64
        )
        self._letter = index.get(LETTER, self._size)
        self._punctuation = index.get(PUNCTUATION, self._size)
        self._probability = np.append(singles, 1 / UNSEEN) / (singles.sum() + 1)
        self._singles = np.append(singles, 0)
        self._pairs = (pair_keys.astype(np.int64), pairs)
        self._triples = (triple_keys.astype(np.int64), triples)

    def log_probability(self, string: str, before: str = PUNCTUATION) -> float:
        """Natural logarithm of the probability of ``string`` after the text ``before``.

        Only the last two characters of ``before`` count.
        """
        return float(self.log_probabilities([string], before)[0])

    def log_probabilities(
        self, strings: Sequence[str], before: str = PUNCTUATION
    ) -> npt.NDArray[np.float64]:
        """The same for several strings of one length at once, shape (len(strings),)."""
        before = (PUNCTUATION * 2 + before)[-2:]
        size = self._size
        ids = self._ids("".join(before + string for string in strings)).reshape(len(strings), -1)
        one, two, three = ids[:, :-2], ids[:, 1:-1], ids[:, 2:]
        first = _counts(self._pairs, one * size + two)
        second = _counts(self._pairs, two * size + three)
        triple = _counts(self._triples, (one * size + two) * size + three)
        # A character never seen has the key of another: no counts for it.
        known = ids < size
        first = np.where(known[:, :-2] & known[:, 1:-1], first, 0)
        second = np.where(known[:, 1:-1] & known[:, 2:], second, 0)
        triple = np.where(known[:, :-2] & known[:, 1:-1] & known[:, 2:], triple, 0)
        # A pair may be missing where its triples are kept: the counts are cut off apart.
        by_one = (second + SMOOTHING * self._probability[three]) / (self._singles[two] + SMOOTHING)
        by_two = (triple + SMOOTHING * by_one) / (np.maximum(first, triple) + SMOOTHING)
        return np.asarray(np.log(by_two).sum(axis=1))

    def _ids(self, string: str) -> npt.NDArray[np.int64]:
        """The place of each folded character in the vocabulary; its size for the unknown."""
        codes = np.frombuffer(string.encode("utf-32-le", "surrogatepass"), np.uint32)
        han = (codes >= _FIRST) & (codes <= _LAST)
        ids: npt.NDArray[np.int64] = self._han[np.where(han, codes, _FIRST) - _FIRST]
        for i in np.flatnonzero(~han).tolist():
            ids[i] = self._letter if string[i].isalnum() else self._punctuation
        return ids


def _counts(table: tuple[Ints, Ints], keys: Ints) -> Ints:
    known, counts = table
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, counts[place], 0)


def load(path: str) -> CharacterModel:
    """The model of a file that ``cuoshi train ngrams`` wrote."""
    data = np.load(path, allow_pickle=False)
    return CharacterModel(
        str(data["vocabulary"]),
        data["singles"],
        data["pair_keys"].cumsum(),
        data["pairs"],
        data["triple_keys"].cumsum(),
        data["triples"],
    )


@cache
def character_model() -> CharacterModel:
    """The model that comes with the package, loaded at its first use."""
    return load(str(files("cuoshi").joinpath("ngrams.npz")))
