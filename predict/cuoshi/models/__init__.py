"""The kinds of models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cuoshi.errors import ModelError, known
from cuoshi.modeldir import Manifest, find, load_manifest

Scores = npt.NDArray[np.float64]
Spans = list[tuple[int, int]]


class Model(Protocol):
    """What the tagger needs of a model."""

    manifest: Manifest

    def score(self, sentences: Sequence[str]) -> Scores:
        """Scores in [0, 1], shape (len(sentences), len(measures))."""
        ...

    def evidence(self, sentence: str, label: str) -> Spans:
        """The spans of the sentence that speak for the label, in order; may be empty."""
        ...


def load_model(name: str | Path) -> Model:
    """Load a bundled model by name, or any by its directory.

    Raises:
        ModelError: there is none, it is damaged, or of a kind unknown to this version.
    """
    directory = find(name)
    manifest = load_manifest(directory)
    # Imported where they are needed: onnxruntime takes longer than all the rest.
    if manifest.kind == "lexicon":
        from cuoshi.models.lexicon import LexiconModel

        return LexiconModel.load(directory, manifest)
    if manifest.kind == "linear":
        from cuoshi.models.linear import LinearModel

        return LinearModel.load(directory, manifest)
    if manifest.kind == "bert":
        from cuoshi.models.bert import BertModel

        return BertModel.load(directory, manifest)
    kinds = ("lexicon", "linear", "bert")
    raise ModelError(f"{directory}: unknown kind {manifest.kind!r}{known(manifest.kind, kinds)}")
