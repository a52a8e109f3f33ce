"""Everything from data to bundled models: ``cuoshi train all configs/ -o models``.

Each step keeps a note of what it is made from; a step whose note still holds is not run again, or
goes on, so an interrupted run continues where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from cuoshi.errors import ConfigError
from cuoshi.modeldir import load_manifest
from cuoshi_train import baseline, cascade, lexicon
from cuoshi_train.bert import distil, pretrain, teacher
from cuoshi_train.bert.export import export
from cuoshi_train.common import say
from cuoshi_train.config import beside, read_config, read_measures, read_toml
from cuoshi_train.dataset import digest, read_examples
from cuoshi_train.evaluation import evaluate_model

NOTES = "made"
"""The folder of the notes, beside the models."""
SHIPPED = ("bert", "baseline", "lexicon")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to make.

    Attributes:
        name: of its directory.
        config: its configuration file.
        run: makes it in a directory.
        needs: steps that it is made from.
        corpus: whether it is made from the corpora too.
        more: what else its note holds.
    """

    name: str
    config: Path
    run: Callable[[Path], object]
    needs: tuple[str, ...] = ()
    corpus: bool = False
    more: tuple[str, ...] = ()


def steps(configs: Path, output: Path, corpora: Sequence[Path], version: str) -> list[Step]:
    """What is made, in order; a configuration file that is missing leaves its steps out."""
    taught, exported, cut = (configs / f"{name}.toml" for name in ("bert", "distil", "cascade"))
    unlabelled = configs / "pretrain.toml"
    pretrained = ("encoder",) if corpora and unlabelled.is_file() else ()
    known = taught.is_file() and exported.is_file()
    seeds = read_config(exported, distil.DistilConfig).teachers if known else ()
    teachers = {
        f"teacher-{n}" if n > 1 else "teacher": seed for n, seed in enumerate(seeds or (None,), 1)
    }
    cascading = bool(corpora) and cut.is_file() and (configs / "baseline.toml").is_file()
    if known and cascading:
        cascade.read_cascade(cut)  # wrong values are told before the training, not after it

    def teach(directory: Path) -> object:
        encoder = str(output / "encoder") if pretrained else None
        return teacher.train(taught, directory, encoder, teachers[directory.name])

    def learn(directory: Path) -> object:
        return distil.train(exported, [output / name for name in teachers], corpora, directory)

    def ship(directory: Path) -> None:
        table = read_toml(exported)
        measures = read_measures(beside(exported, str(table["measures"])))
        held = [
            e for n in table["validation"] for e in read_examples(beside(exported, n), measures)
        ]
        export(output / "student", directory, held, version=version)
        if cascading:
            say(f"cascade: {cascade.build(cut, directory, output / 'baseline', corpora)}")

    every = [
        Step(
            "lexicon",
            configs / "lexicon.toml",
            lambda d: lexicon.build(configs / "lexicon.toml", d),
        ),
        Step(
            "baseline",
            configs / "baseline.toml",
            lambda d: baseline.train(configs / "baseline.toml", d),
        ),
        Step(
            "encoder",
            unlabelled,
            lambda d: pretrain.train(unlabelled, corpora, d),
            corpus=True,
        ),
        *(Step(name, taught, teach, pretrained, more=(str(teachers[name]),)) for name in teachers),
        Step("student", exported, learn, tuple(teachers), corpus=True),
        Step(
            "bert",
            exported,
            ship,
            ("student", "baseline") if cascading else ("student",),
            corpus=cascading,
            more=(version, digest([cut])) if cascading else (version,),
        ),
    ]
    left_out = set() if corpora else {"encoder"}
    left_out |= set() if known else {"student", "bert"}
    return [step for step in every if step.config.is_file() and step.name not in left_out]


def build_all(
    configs: Path, output: Path, corpora: Sequence[Path] = (), version: str = "1"
) -> list[str]:
    """Run the steps that are not done; the names of those that were run.

    Args:
        configs: a folder like `configs/`.
        output: a folder for the models.
        corpora: unlabelled text; without any, nothing is pretrained and there is no cascade.
        version: of the exported model.

    Raises:
        ConfigError: the folder has no configuration of ours, or a file is wrong.
    """
    output = output.resolve()  # a relative path could be the name of a bundled model
    todo = steps(configs, output, corpora, version)
    if not todo:
        raise ConfigError(f"{configs}: no bert.toml, baseline.toml or lexicon.toml in it")
    notes: dict[str, str] = {}
    ran = []
    for step in todo:
        notes[step.name] = _source(step, notes, corpora)
        directory = output / step.name
        kept = output / NOTES / f"{step.name}.json"
        note = _note(kept)
        if note == {"from": notes[step.name], "done": True}:
            say(f"{step.name}: done before")
            continue
        say(f"{step.name}: from {step.config}")
        if note is not None and note["from"] != notes[step.name]:  # not gone on with
            shutil.rmtree(directory, ignore_errors=True)
        _write_note(kept, notes[step.name], done=False)
        step.run(directory)
        _write_note(kept, notes[step.name], done=True)
        ran.append(step.name)
    return ran


def _note(path: Path) -> dict[str, Any] | None:
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else None


def _write_note(path: Path, source: str, *, done: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"from": source, "done": done}) + "\n", encoding="utf-8")


def _source(step: Step, notes: dict[str, str], corpora: Sequence[Path]) -> str:
    """A digest of all that a step is made from (of held sentences their texts, not labels)."""
    table = read_toml(step.config)
    names = [name for key in ("train", "validation") for name in table.get(key, [])]
    paths = [step.config, *(beside(step.config, name) for name in names)]
    paths += [beside(step.config, table["measures"])] if "measures" in table else []
    sources = [digest(paths), *(notes[need] for need in step.needs), *step.more]
    if "held" in table:
        measures = read_measures(beside(step.config, str(table["measures"])))
        held = [beside(step.config, name) for name in table["held"]]
        sources += [example.text for path in held for example in read_examples(path, measures)]
    if step.corpus:
        sources += [digest([path]) for path in corpora]
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()


def summary(output: Path, data: Sequence[Path]) -> Table:
    """What was built, from which data, with which macro-F1 on each data file."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("model", "MB", "data digest"):
        table.add_column(heading)
    for path in data:
        table.add_column("/".join(path.with_suffix("").parts[-2:]), justify="right")
    for name in SHIPPED:
        directory = output / name
        if not directory.is_dir():
            continue
        size = sum(file.stat().st_size for file in directory.iterdir()) / 1e6
        scores = [
            evaluate_model(str(directory.resolve()), path).figures["macro_f1"] for path in data
        ]
        made_from = load_manifest(directory).data[:16]
        table.add_row(name, f"{size:.1f}", made_from, *(f"{score:.3f}" for score in scores))
    return table
