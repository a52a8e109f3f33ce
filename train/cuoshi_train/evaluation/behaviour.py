"""The behavioural suite, in the manner of CheckList (Ribeiro et al. 2020): `tests/behaviour/`.

Four kinds of cases, told by their keys: `text` and `labels` (these labels and no others);
`text`, `variant` and `labels` (invariance: both carry these labels); `without`, `with` and
`label` (direction: the clause adds this label and changes no other).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuoshi.articles import clean_article
from cuoshi.errors import InputError
from cuoshi.models import Model
from cuoshi.reading import Article


@dataclass(frozen=True, slots=True)
class Capability:
    """How often a model passes what one capability asks.

    Attributes:
        suite: the file's name.
        name: of the capability.
        passed, cases: counts.
        failed: the cases' ids.
    """

    suite: str
    name: str
    passed: int
    cases: int
    failed: tuple[str, ...]


def read_cases(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The cases of each file of a folder.

    Raises:
        InputError: a line is no case, or there is none; names the file and line.
    """
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        cases = []
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                case = json.loads(line)
                _texts(case)
                cases.append(case)
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{path}: line {number}: not a case ({error})") from error
        found[path.stem] = cases
    if not found:
        raise InputError(f"{folder}: no .jsonl file with cases in it")
    return found


def run(model: Model, folder: Path) -> list[Capability]:
    """Tag every case and count what passes, by capability."""
    results = []
    for suite, cases in read_cases(folder).items():
        tags = iter(_tags(model, [text for case in cases for text in _texts(case)]))
        outcome: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for case in cases:
            found = [next(tags) for _ in _texts(case)]
            outcome[case["capability"]].append((case["id"], _passes(case, found)))
        for name, pairs in outcome.items():
            failed = tuple(case for case, passed in pairs if not passed)
            results.append(Capability(suite, name, len(pairs) - len(failed), len(pairs), failed))
    return results


def rates(results: Iterable[Capability]) -> dict[str, float]:
    """The share of cases passed in each suite."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for result in results:
        sums[result.suite][0] += result.passed
        sums[result.suite][1] += result.cases
    return {suite: passed / cases for suite, (passed, cases) in sums.items()}


def _texts(case: dict[str, Any]) -> Sequence[str]:
    if "with" in case:
        return [case["without"], case["with"]]
    return [case["text"], case["variant"]] if "variant" in case else [case["text"]]


def _passes(case: dict[str, Any], found: list[set[str]]) -> bool:
    if "with" in case:
        without, with_clause = found
        return case["label"] not in without and with_clause == without | {case["label"]}
    return all(tags == set(case["labels"]) for tags in found)


def _tags(model: Model, texts: Sequence[str]) -> list[set[str]]:
    """Labels of each text as an article of its own: cleaned and split like any other."""
    pieces: list[str] = []
    owners: list[int] = []
    for i, text in enumerate(texts):
        for sentence in clean_article(Article("", "", text)).sentences():
            if sentence.dropped is None:
                pieces.append(sentence.text.string)
                owners.append(i)
    cuts = [model.manifest.thresholds[label] for label in model.manifest.labels]
    tags: list[set[str]] = [set() for _ in texts]
    for owner, row in zip(owners, model.score(pieces), strict=True):
        pairs = zip(model.manifest.labels, row, cuts, strict=True)
        tags[owner] |= {label for label, score, cut in pairs if score >= cut}
    return tags
