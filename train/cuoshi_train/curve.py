"""How the baseline grows with its data: ``cuoshi measure curve configs/baseline.toml DATA...``.

One more data source is added at a time, in growing seeded samples; every point is a model with
the hyper-parameters of the first choices in the configuration, thresholds fitted on validation.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from cuoshi.measures import Measure
from cuoshi_train.baseline import BaselineConfig, classifier, vectorizer
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import Example, indicator, read_examples
from cuoshi_train.thresholds import fit_thresholds

STEPS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the curve: what was trained on, and macro-F1 on each data file."""

    trained_on: str
    sentences: int
    macro_f1: tuple[float, ...]


def curve(path: Path, data: Sequence[Path]) -> Iterator[Point]:
    """The points, from little data to all.

    Raises:
        ConfigError, InputError: the configuration or the data is wrong.
    """
    config = read_config(path, BaselineConfig)
    measures = read_measures(beside(path, config.measures))
    validation = [
        e for name in config.validation for e in read_examples(beside(path, name), measures)
    ]
    tests = [read_examples(file, measures) for file in data]
    before: list[Example] = []
    for name in config.train:
        source = read_examples(beside(path, name), measures)
        random.Random(config.seed).shuffle(source)
        for step in STEPS:
            examples = before + source[: round(step * len(source))]
            label = f"{'all before + ' if before else ''}{step:.0%} of {Path(name).parent.name}"
            scores = _macro_f1(config, examples, validation, tests, measures)
            yield Point(label, len(examples), scores)
        before = before + source


def _macro_f1(
    config: BaselineConfig,
    examples: Sequence[Example],
    validation: Sequence[Example],
    tests: Sequence[Sequence[Example]],
    measures: Sequence[Measure],
) -> tuple[float, ...]:
    model = make_pipeline(
        vectorizer({"longest": config.longest[0], "least": config.least[0]}),
        classifier(config.strength[-1], config.seed),
    )
    model.fit([e.text for e in examples], indicator(examples, measures))
    cuts = fit_thresholds(
        indicator(validation, measures), model.predict_proba([e.text for e in validation])
    )
    return tuple(
        float(
            f1_score(
                indicator(test, measures),
                model.predict_proba([e.text for e in test]) >= cuts,
                average="macro",
                zero_division=0,
            )
        )
        for test in tests
    )
