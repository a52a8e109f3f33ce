"""The workshop's commands; heavy packages are imported only when one of them runs."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cuoshi.errors import CuoshiError, InputError

train = typer.Typer(no_args_is_help=True, help="Train models.")
measure = typer.Typer(no_args_is_help=True, help="Measure speed and repair.")

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The model's directory.")]
Corpora = Annotated[
    list[Path], typer.Argument(metavar="CORPUS...", help="JSONL files with a text each, or .gz.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the runtime's command line."""
    app.add_typer(train, name="train")
    app.add_typer(measure, name="measure")
    app.command()(evaluate)


@contextmanager
def _heavy() -> Iterator[None]:
    """What a missing extra looks like: one line that says how to mend it."""
    try:
        yield
    except ImportError as error:
        raise CuoshiError(f"{error.name} is missing: pip install 'cuoshi[train]'") from error


def _say(message: str) -> None:
    print(message, file=sys.stderr)


@train.command()
def baseline(config: ConfigPath, output: Output) -> None:
    """TF-IDF and logistic regression (configs/baseline.toml)."""
    with _heavy():
        from cuoshi_train.baseline import train as fit
    record = fit(config, output)
    print(json.dumps(record, ensure_ascii=False, indent=2))
    _say(f"{output}: written")


@train.command()
def lexicon(config: ConfigPath, output: Output) -> None:
    """Regular expressions (configs/lexicon.toml)."""
    from cuoshi_train.lexicon import build

    build(config, output)
    _say(f"{output}: written")


@train.command()
def ngrams(corpora: Corpora, output: Annotated[Path, typer.Option("-o", "--output")]) -> None:
    """The character model that byte slips are repaired by."""
    from cuoshi_train.ngrams import count

    count((text for path in corpora for text in texts(path)), output)
    _say(f"{output}: written")


def evaluate(
    arguments: Annotated[
        list[str], typer.Argument(metavar="MODEL... DATA...", help="DATA are .jsonl files.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Full figures as JSON.")] = False,
) -> None:
    """Compare models with labelled sentences: precision/recall/F1 per label, macro, micro."""
    data = [Path(name) for name in arguments if name.endswith(".jsonl")]
    models = [name for name in arguments if not name.endswith(".jsonl")]
    if not data or not models:
        raise typer.BadParameter("name at least one model and one .jsonl file")
    with _heavy():
        from cuoshi_train.evaluation import evaluate_model, results_table
    results = [evaluate_model(model, path) for path in data for model in models]
    if as_json:
        print(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=2))
        return
    Console(soft_wrap=True, highlight=False, width=200).print(results_table(results))
    for result in results[:: len(models)]:
        _say(f"{result.data}: SHA-256 {result.digest}")


@measure.command()
def slips(
    corpora: Corpora,
    sample: Annotated[int, typer.Option(help="Sentences to damage.")] = 3000,
    seed: Annotated[int, typer.Option()] = 20221226,
) -> None:
    """False repairs of byte slips on clean text, and recovery of damaged text."""
    from cuoshi_train.slips import report

    print(report([text for path in corpora for text in texts(path)], sample, seed))


@measure.command()
def speed(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...")],
    model: Annotated[str, typer.Option()] = "default",
    repeat: Annotated[int, typer.Option(help="Times over.")] = 5,
) -> None:
    """MB/s of cleaning and splitting, and their share of a whole run."""
    from cuoshi_train.speed import report

    print(report(inputs, model, repeat))


def texts(path: Path) -> Iterator[str]:
    """The texts of a corpus file.

    Raises:
        InputError: it cannot be read.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["text"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: {error}") from error
