"""Train the TF-IDF baseline: ``cuoshi train baseline configs/baseline.toml -o DIR``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from cuoshi.modeldir import CARD, Manifest, save_manifest
from cuoshi.models.linear import VOCABULARY, WEIGHTS, LinearModel
from cuoshi_train.config import beside, read_config, read_measures
from cuoshi_train.dataset import digest, indicator, read_examples
from cuoshi_train.thresholds import fit_thresholds
from cuoshi_train.versions import versions

RUN = "training.json"


@dataclass(frozen=True, slots=True)
class BaselineConfig:
    """`configs/baseline.toml`; the lists are what cross-validation chooses among."""

    measures: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    longest: tuple[int, ...]
    least: tuple[int, ...]
    strength: tuple[float, ...]
    folds: int
    seed: int


def train(path: Path, directory: Path) -> dict[str, Any]:
    """Train, write the model directory, and return the run's record (also written there).

    Raises:
        ConfigError, InputError: the configuration or the data is wrong.
    """
    config = read_config(path, BaselineConfig)
    measures = read_measures(beside(path, config.measures))
    paths = [beside(path, name) for name in config.train]
    held = [beside(path, name) for name in config.validation]
    examples = [example for file in paths for example in read_examples(file, measures)]
    validation = [example for file in held for example in read_examples(file, measures)]
    texts, truth = [e.text for e in examples], indicator(examples, measures)

    pipeline = Pipeline(
        [
            ("features", vectorizer({"longest": config.longest[0], "least": config.least[0]})),
            ("labels", classifier(config.strength[0], config.seed)),
        ]
    )
    grid = {
        "features__ngram_range": [(1, longest) for longest in config.longest],
        "features__min_df": list(config.least),
        "labels__estimator__C": list(config.strength),
    }
    folds = KFold(config.folds, shuffle=True, random_state=config.seed)
    search = GridSearchCV(pipeline, grid, scoring="f1_macro", cv=folds, n_jobs=-1)
    search.fit(texts, truth)

    features = search.best_estimator_["features"]
    regressions = search.best_estimator_["labels"].estimators_
    vocabulary = [str(ngram) for ngram in features.get_feature_names_out()]
    arrays = {
        "idf": features.idf_.astype(np.float32),
        "weights": np.stack([r.coef_[0] for r in regressions]).astype(np.float32),
        "bias": np.array([r.intercept_[0] for r in regressions], dtype=np.float32),
    }
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(vocabulary, ensure_ascii=False)
    (directory / VOCABULARY).write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(directory / WEIGHTS, **arrays)

    best = search.best_params_
    options = {
        "longest": int(best["features__ngram_range"][1]),
        "least": int(best["features__min_df"]),
    }
    manifest = Manifest(
        name="baseline",
        version="1",
        kind="linear",
        measures=measures,
        thresholds={measure.id: 0.5 for measure in measures},
        data=digest([*paths, *held]),
        versions=versions("numpy", "scikit-learn"),
        options=options,
    )
    save_manifest(directory, manifest)
    scores = LinearModel.load(directory, manifest).score([e.text for e in validation])
    cuts = [round(cut, 4) for cut in fit_thresholds(indicator(validation, measures), scores)]
    record: dict[str, Any] = {
        "config": asdict(config),
        "chosen": {**options, "strength": best["labels__estimator__C"]},
        "features": len(vocabulary),
        "sentences": {"train": len(examples), "validation": len(validation)},
        "cross-validation macro-F1": round(float(search.best_score_), 4),
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (directory / RUN).write_text(text + "\n", encoding="utf-8")
    (directory / CARD).write_text(_card(manifest, record), encoding="utf-8")
    thresholds = dict(zip(manifest.labels, cuts, strict=True))
    save_manifest(directory, replace(manifest, thresholds=thresholds))
    return record


def vectorizer(options: Mapping[str, int]) -> TfidfVectorizer:
    """The features: character n-grams inside a sentence, as ``options`` say."""
    return TfidfVectorizer(
        analyzer="char",
        lowercase=False,
        ngram_range=(1, options["longest"]),
        min_df=options["least"],
        sublinear_tf=True,
        dtype=np.float64,
    )


def classifier(strength: float, seed: int) -> OneVsRestClassifier:
    """One logistic regression per label."""
    return OneVsRestClassifier(
        LogisticRegression(
            C=strength, solver="liblinear", class_weight="balanced", random_state=seed
        )
    )


def _card(manifest: Manifest, record: dict[str, Any]) -> str:
    return f"""# baseline

TF-IDF of character n-grams (1 to {manifest.options["longest"]}) and one logistic regression per
measure, trained by `cuoshi train baseline` on {record["sentences"]["train"]} sentences, thresholds
fitted on {record["sentences"]["validation"]} others. Evidence is where the heaviest n-grams stand.

- data digest: `{manifest.data}`
- cross-validation macro-F1 on the training sentences: {record["cross-validation macro-F1"]}

It knows the words of its training sentences and little of their meaning: how it does on other
text is in the project's README.
"""
