"""The figures that the gate watches, measured on whatever data is at hand."""

from __future__ import annotations

from pathlib import Path

from cuoshi.modeldir import FILE, find
from cuoshi.models import load_model
from cuoshi_train.dataset import digest
from cuoshi_train.evaluation.articles import pipeline_outcome
from cuoshi_train.evaluation.behaviour import rates, run
from cuoshi_train.evaluation.corruption import EVERYTHING
from cuoshi_train.evaluation.evidence import faithfulness
from cuoshi_train.evaluation.figures import figures_of
from cuoshi_train.evaluation.outcome import collect
from cuoshi_train.evaluation.robustness import drawn, under_noise

NOISY = 400
"""Sentences of each file that noise is put into."""


def model_digest(model: str) -> str:
    """SHA-256 of a model's manifest, which holds the digests of all its files."""
    return digest([find(model) / FILE])


def measure(
    model: str,
    data: dict[str, Path],
    behaviour: Path,
    articles: Path | None = None,
    gold: Path | None = None,
) -> tuple[dict[str, float], dict[str, str]]:
    """Figures by name, and the digests of the data they come from.

    Args:
        model: a bundled name or a directory.
        data: labelled sentences by a short name; files that are missing are left out.
        behaviour: the folder of cases.
        articles, gold: raw articles and their gold keys; left out where they are missing.
    """
    loaded = load_model(model)
    figures: dict[str, float] = {}
    digests: dict[str, str] = {}
    for name, path in data.items():
        if not path.is_file():
            continue
        outcome = collect(model, path, loaded)
        found = figures_of(outcome)
        digests[name] = outcome.digest
        figures[f"{name} macro F1"] = found["macro_f1"]
        figures[f"{name} lowest label F1"] = min(row["f1"] for row in found["labels"].values())
        figures[f"{name} calibration"] = 1 - found["calibration"]["ece"]
        if found["evidence"]:
            figures[f"{name} evidence token F1"] = found["evidence"]["token_f1"]
        faith = faithfulness(outcome, loaded)
        figures[f"{name} labels lost without evidence"] = faith["lost"]
        figures[f"{name} labels kept without other text"] = faith["kept"]
        noisy = under_noise(loaded, drawn(outcome.examples, NOISY))
        figures[f"{name} macro F1 with all noise"] = noisy.pop(EVERYTHING)
        figures[f"{name} macro F1 with the worst noise"] = min(noisy.values())
    if articles and gold and articles.is_dir():
        outcome = pipeline_outcome(model, articles, gold)
        digests["articles"] = outcome.digest
        figures["articles macro F1"] = figures_of(outcome)["macro_f1"]
    for suite, rate in rates(run(loaded, behaviour)).items():
        figures[f"behaviour {suite}"] = rate
    digests["behaviour"] = digest(sorted(behaviour.glob("*.jsonl")))
    return figures, digests
