"""Labels that are likely wrong: ``cuoshi data audit FILE...``.

Every sentence is scored by a baseline that was trained without it, and cleanlab ranks the
sentences by how little the scores speak for their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cleanlab.multilabel_classification import get_label_quality_scores
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from cuoshi.measures import Measure
from cuoshi_train.baseline import classifier, vectorizer
from cuoshi_train.dataset import Example, indicator

FOLDS = 5
SEED = 20221226
STRENGTH = 16.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence whose labels the scores speak against.

    Attributes:
        example: the sentence.
        quality: cleanlab's score, low for suspects.
        scores: of every measure, out of fold.
    """

    example: Example
    quality: float
    scores: dict[str, float]


def suspects(examples: Sequence[Example], measures: Sequence[Measure], most: int) -> list[Suspect]:
    """The ``most`` likely wrong ones, worst first."""
    model = make_pipeline(
        vectorizer({"longest": 4, "least": 2}),
        classifier(STRENGTH, SEED),
    )
    truth = indicator(examples, measures)
    folds = KFold(FOLDS, shuffle=True, random_state=SEED)
    texts = [example.text for example in examples]
    scores = cross_val_predict(model, texts, truth, cv=folds, method="predict_proba", n_jobs=-1)
    labels = [np.flatnonzero(row).tolist() for row in truth]
    quality = get_label_quality_scores(labels, scores)
    ids = [measure.id for measure in measures]
    return [
        Suspect(
            examples[i],
            float(quality[i]),
            dict(zip(ids, np.round(scores[i], 3).tolist(), strict=True)),
        )
        for i in np.argsort(quality)[:most]
    ]
