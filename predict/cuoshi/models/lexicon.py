"""The lexicon tagger: a few regular expressions per measure, the honest floor."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cuoshi.errors import ModelError
from cuoshi.modeldir import Manifest
from cuoshi.models import Scores, Spans

FILE = "lexicon.json"


class LexiconModel:
    """A label where one of its `match` patterns is found outside its `unless` patterns.

    Args:
        manifest: with the measures.
        patterns: for each measure's id, `match` and `unless`, lists of regular expressions.
    """

    def __init__(
        self, manifest: Manifest, patterns: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> None:
        self.manifest = manifest
        self._match = {
            label: re.compile("|".join(patterns[label]["match"])) for label in manifest.labels
        }
        self._unless = {
            label: re.compile("|".join(patterns[label]["unless"]) or r"(?!)")
            for label in manifest.labels
        }

    @classmethod
    def load(cls, directory: Path, manifest: Manifest) -> LexiconModel:
        """Load from a model directory."""
        path = directory / FILE
        try:
            return cls(manifest, json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise ModelError(f"{path}: not a lexicon ({error})") from error

    def score(self, sentences: Sequence[str]) -> Scores:
        """1 where a label's patterns match, else 0."""
        rows = [
            [float(bool(self.evidence(sentence, label))) for label in self.manifest.labels]
            for sentence in sentences
        ]
        return np.array(rows, dtype=np.float64).reshape(len(sentences), len(self.manifest.labels))

    def evidence(self, sentence: str, label: str) -> Spans:
        """The matches themselves."""
        barred = [match.span() for match in self._unless[label].finditer(sentence)]
        ends = [end for _, end in barred]  # they are in order and do not overlap

        def free(start: int, end: int) -> bool:
            place = bisect_right(ends, start)
            return place == len(barred) or barred[place][0] >= end

        return [m.span() for m in self._match[label].finditer(sentence) if free(*m.span())]
