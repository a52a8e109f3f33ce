"""The whole pipeline against gold: raw articles in, tags out, every error counted.

Gold is kept as keys: the SHA-1 of a sentence's clean text with its labels, so that anyone who has
the articles can repeat the measurement. A gold sentence that does not come out of cleaning and
splitting counts as tagged with nothing; a tagged sentence that is in no gold counts as wrong.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cuoshi.errors import InputError
from cuoshi.reading import find_inputs, read_articles
from cuoshi.tagger import TaggedSentence, Tagger
from cuoshi_train.dataset import Example, digest
from cuoshi_train.evaluation.outcome import Outcome
from cuoshi_train.keys import sha1


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold sentence: its article (a file's name or a document), digest, labels and evidence."""

    document: str
    sha1: str
    labels: tuple[str, ...]
    evidence: dict[str, list[tuple[int, int]]]


def read_gold(path: Path) -> list[Gold]:
    """Read a file of gold keys.

    Raises:
        InputError: it is missing or a line is no key; names the file and line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            document = str(row.get("article") or row["doc"])
            found.append(Gold(document, row["sha1"], tuple(row["labels"]), row["evidence"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: line {number}: not a gold key ({error})") from error
    return found


def pipeline_outcome(model: str, articles: Path, gold: Path) -> Outcome:
    """Tag the articles of a folder and hold them against gold.

    Raises:
        ModelError, InputError: model, articles or gold cannot be read, or none of the gold's
            sentences is in the folder.
    """
    tagger = Tagger(model)
    keys = read_gold(gold)
    tagged = list(_tagged(tagger, articles))
    by_key: dict[str, list[int]] = defaultdict(list)
    for i, (_, sentence) in enumerate(tagged):
        by_key[sha1(sentence.text)].append(i)
    if not any(key.sha1 in by_key for key in keys):
        raise InputError(f"{articles}: none of the sentences of {gold} is in it")
    taken: set[int] = set()
    rows: list[tuple[Gold | None, TaggedSentence | None, str]] = []
    for key in keys:
        places = [i for i in by_key[key.sha1] if i not in taken]
        same = [i for i in places if tagged[i][0] == key.document] or places
        taken |= set(same[:1])
        rows.append((key, tagged[same[0]][1] if same else None, key.document))
    known = {key.document for key in keys}
    rows += [
        (None, sentence, name)
        for i, (name, sentence) in enumerate(tagged)
        if i not in taken and sentence.labels and name in known
    ]
    return _outcome(model, gold, tagger.thresholds, rows)


def _tagged(tagger: Tagger, articles: Path) -> Iterator[tuple[str, TaggedSentence]]:
    for name in find_inputs([str(articles)]):
        if isinstance(name, InputError):
            raise name
        for article in read_articles(name):
            if isinstance(article, InputError):
                raise article
            for sentence in tagger.tag_article(article).sentences:
                yield Path(name).name, sentence


def _outcome(
    model: str,
    gold: Path,
    thresholds: dict[str, float],
    rows: Sequence[tuple[Gold | None, TaggedSentence | None, str]],
) -> Outcome:
    labels = tuple(thresholds)

    def ones(found: tuple[str, ...]) -> list[int]:
        return [int(label in found) for label in labels]

    def scores(found: TaggedSentence | None) -> list[float]:
        return [found.scores[label] if found else 0.0 for label in labels]

    return Outcome(
        model=model,
        data=str(gold),
        digest=digest([gold]),
        labels=labels,
        cuts=np.array(list(thresholds.values())),
        examples=[_example(key, sentence, name) for key, sentence, name in rows],
        documents=[name for _, _, name in rows],
        truth=np.array([ones(key.labels if key else ()) for key, _, _ in rows]),
        guesses=np.array([ones(found.labels if found else ()) for _, found, _ in rows]),
        scores=np.array([scores(found) for _, found, _ in rows]),
        evidence=[_evidence(found) for _, found, _ in rows],
    )


def _example(key: Gold | None, found: TaggedSentence | None, document: str) -> Example:
    spans = {label: tuple(map(tuple, v)) for label, v in key.evidence.items()} if key else {}
    labels = key.labels if key else ()
    return Example(found.text if found else "", labels, spans, {"article": document})  # type: ignore[arg-type]


def _evidence(found: TaggedSentence | None) -> dict[str, list[tuple[int, int]]]:
    """The evidence in characters of the clean sentence, as gold has it."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for label, pieces in (found.evidence if found else {}).items():
        at = 0
        for piece in pieces:
            at = found.text.find(piece.text, at) if found else -1
            if at >= 0:
                spans.setdefault(label, []).append((at, at + len(piece.text)))
                at += len(piece.text)
    return spans
