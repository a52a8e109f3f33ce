"""Unlabelled sentences for distillation: those where there is something to learn come first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from cuoshi.articles import clean_article
from cuoshi.models import load_model
from cuoshi.reading import Article
from cuoshi_train.common import texts
from cuoshi_train.similarity import Near

SHORTEST, LONGEST = 8, 250
"""Characters of a sentence that is taken."""
TELLING = 0.6
"""Share of the sentences of which the baseline says most, the others being drawn from all."""
ALIKE = 0.4
"""Sentences this alike to a held-out one are left out."""


def sentences(
    corpora: Sequence[Path],
    held: Sequence[str],
    count: int,
    seed: int,
    labelled: Sequence[str] = (),
    baseline: str = "baseline",
) -> list[str]:
    """Up to ``count`` different sentences of the corpora, shuffled.

    None is like a held-out one, and none is labelled already.

    Raises:
        InputError: a corpus cannot be read.
    """
    if not corpora or not count:
        return []
    known = set(labelled)
    found: dict[str, None] = {}
    for corpus in corpora:
        for text in texts(corpus):
            for sentence in clean_article(Article("", "", text)).sentences():
                if sentence.dropped is None and SHORTEST <= len(sentence.text) <= LONGEST:
                    found[sentence.text.string] = None
    rng = random.Random(seed)
    every = [text for text in found if text not in known]
    rng.shuffle(every)
    near = Near(held)
    model = load_model(baseline)
    cuts = [model.manifest.thresholds[label] for label in model.manifest.labels]
    telling: list[str] = []
    rest: list[str] = []
    for at in range(0, len(every), 4096):
        chunk = every[at : at + 4096]
        for text, row in zip(chunk, model.score(chunk), strict=True):
            likely = any(score >= cut / 3 for score, cut in zip(row, cuts, strict=True))
            (telling if likely else rest).append(text)
    chosen: list[str] = []
    for source, wanted in ((telling, round(count * TELLING)), (rest, count)):
        for text in source:
            if len(chosen) >= wanted:
                break
            if not near.any(text, ALIKE):
                chosen.append(text)
    rng.shuffle(chosen)
    return chosen
