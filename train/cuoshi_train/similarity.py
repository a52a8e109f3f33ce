"""Near-duplicates: sentences that share most of their runs of five characters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

_SAID = re.compile("[^\u4e00-\u9fff0-9A-Za-z]")
RUN = 5


def runs(text: str, length: int = RUN) -> frozenset[str]:
    """The runs of ``length`` characters in a text, punctuation aside."""
    said = _SAID.sub("", text)
    return frozenset(said[i : i + length] for i in range(max(1, len(said) - length + 1)))


def near_duplicates(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs ``i < j`` of texts whose runs have a Jaccard similarity over ``least``."""
    sets = [runs(text) for text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    for i, own in enumerate(sets):
        for run in own:
            holders[run].append(i)
    for i, own in enumerate(sets):
        for j, shared in Counter(j for run in own for j in holders[run] if j > i).items():
            similarity = shared / len(own | sets[j])
            if similarity > least:
                yield i, j, similarity


class Near:
    """Finds whether a text is a near-duplicate of one of many."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._sets = [runs(text) for text in texts]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for i, own in enumerate(self._sets):
            for run in own:
                self._holders[run].append(i)

    def any(self, text: str, least: float) -> bool:
        """Whether one of the texts has a Jaccard similarity over ``least`` with this one."""
        own = runs(text)
        shared = Counter(j for run in own for j in self._holders.get(run, ()))
        return any(n / len(own | self._sets[j]) > least for j, n in shared.items())
