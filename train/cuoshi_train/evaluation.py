"""Models against labelled sentences: ``cuoshi evaluate MODEL... DATA.jsonl...``.

Each row of the data is one sentence already; it is cleaned like any input but not split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
from rich.table import Table

from cuoshi.articles import clean_sentence
from cuoshi.models import load_model
from cuoshi.reading import Article
from cuoshi_train.dataset import digest, indicator, read_examples

METRIC = Path(__file__).parent / "metrics" / "multilabel"


@dataclass(frozen=True, slots=True)
class Result:
    """One model on one data file.

    Attributes:
        model, data: their names.
        digest: SHA-256 of the data file.
        figures: what `metrics/multilabel` computes.
    """

    model: str
    data: str
    digest: str
    figures: dict[str, Any]


def evaluate_model(name: str, path: Path) -> Result:
    """Score the sentences of a file at the model's thresholds and compare.

    Raises:
        ModelError, InputError: the model or the data cannot be read.
    """
    model = load_model(name)
    measures = model.manifest.measures
    labels = list(model.manifest.labels)
    examples = read_examples(path, measures)
    texts = [clean_sentence(Article("", "", example.text)).string for example in examples]
    cuts = np.array([model.manifest.thresholds[label] for label in labels])
    guesses = (model.score(texts) >= cuts).astype(int)
    metric = evaluate.load(str(METRIC))
    figures = metric.compute(
        predictions=guesses.tolist(),
        references=indicator(examples, measures).tolist(),
        labels=labels,
    )
    return Result(name, str(path), digest([path]), figures)


def results_table(results: Sequence[Result]) -> Table:
    """The results side by side: a row for each data file and model."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("data")
    table.add_column("model")
    labels = list(results[0].figures["labels"])
    for heading in [*labels, "macro F1", "micro F1", "exact", "n"]:
        table.add_column(heading, justify="right")
    for result in results:
        figures = result.figures
        table.add_row(
            "/".join(Path(result.data).with_suffix("").parts[-2:]),
            result.model,
            *(
                f"{row['precision']:.2f}/{row['recall']:.2f}/{row['f1']:.2f}"
                for row in figures["labels"].values()
            ),
            *(f"{figures[key]:.3f}" for key in ("macro_f1", "micro_f1", "exact_match")),
            str(figures["count"]),
        )
    return table
