"""`cuoshi data`: checks, statistics, agreement, audit, and rebuilding of the real sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cuoshi.errors import CuoshiError
from cuoshi_train.common import busy, heavy, say, texts

data = typer.Typer(no_args_is_help=True, help="Check and describe the labelled sentences.")

Config = Annotated[Path, typer.Option("--config", help="Limits and folders.")]
DEFAULT = Path("configs/data.toml")


@data.command()
def check(
    config: Config = DEFAULT,
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Real text of which no sentence may be a part.")
    ] = None,
) -> None:
    """Fail on near-duplicates, shared frames, little variety, copied text, imbalance."""
    with heavy():
        from cuoshi_train.checks import DataConfig, complaints, read_written
        from cuoshi_train.config import beside, read_config, read_measures
    limits = read_config(config, DataConfig)
    measures = read_measures(beside(config, limits.measures))
    rows = read_written(beside(config, limits.written), measures)
    real = (text for path in corpus for text in texts(path)) if corpus else None
    found = list(complaints(rows, limits, measures, real))
    for line in found:
        print(line)
    print(f"{len(rows)} sentences, {len(found)} complaints")
    if not corpus:
        say("not looked for copied text: no --corpus")
    if found:
        raise typer.Exit(1)


@data.command()
def stats(config: Config = DEFAULT) -> None:
    """Print the tables of the dataset card."""
    with heavy():
        from cuoshi_train.checks import DataConfig, read_written, variety
        from cuoshi_train.config import beside, read_config, read_measures
        from cuoshi_train.stats import card_tables
    limits = read_config(config, DataConfig)
    measures = read_measures(beside(config, limits.measures))
    written, real = beside(config, limits.written), beside(config, limits.real)
    print(card_tables(written, real, measures))
    own = variety([row.example.text for row in read_written(written, measures)])
    print(f"\nVariety: {own:.1f} distinct 4-character runs per 1,000 characters.")


@data.command()
def agreement(config: Config = DEFAULT) -> None:
    """How well two readers agree on the real sentences that both read."""
    with heavy():
        from cuoshi_train import agreement as agreeing
        from cuoshi_train.checks import DataConfig
        from cuoshi_train.config import beside, read_config, read_measures
        from cuoshi_train.keys import read_keys
    limits = read_config(config, DataConfig)
    measures = read_measures(beside(config, limits.measures))
    keys = agreeing.read_twice(beside(config, limits.real))
    print("| label | Cohen's kappa | Krippendorff's alpha | evidence token F1 | differences |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in agreeing.agreement(keys, measures):
        print(
            f"| {row.label} | {row.kappa:.3f} | {row.alpha:.3f} | {row.evidence:.3f} "
            f"| {row.differences} |"
        )
    print(f"\n{len(keys)} sentences; all labels equal on {agreeing.equal_labels(keys):.1%}.")
    for split in ("validation", "test"):
        held = read_keys(beside(config, limits.real) / f"{split}.jsonl")
        found = ", ".join(f"{f1:.3f}" for f1 in agreeing.between_readers(held, measures))
        print(f"Macro-F1 between readers on {split}: {found}.")


@data.command()
def rebuild(
    corpus: Annotated[Path, typer.Option(help="Corpus file, or folder of clones.")],
    keys: Annotated[Path, typer.Option(help="Folder of the keys.")] = Path("data/real"),
    output: Annotated[Path, typer.Option("-o", "--output")] = Path("data/rebuilt"),
) -> None:
    """Write the texts of the real sentences, every digest verified."""
    from cuoshi_train.rebuild import rebuild as run

    with busy("looking up sentences"):
        done = run(keys, corpus, output)
    for line in done.missing:
        say(line)
    print(f"{done.found} of {done.wanted} sentences in {output}")
    if done.missing:
        raise CuoshiError(f"{len(done.missing)} documents are missing or differ")


@data.command()
def audit(
    files: Annotated[list[Path], typer.Argument(help="Labelled sentences with their texts.")],
    measures: Annotated[Path, typer.Option()] = Path("configs/measures.toml"),
    most: Annotated[int, typer.Option(help="How many to list.")] = 150,
) -> None:
    """List the labels that are likely wrong, as JSONL."""
    with heavy():
        from cuoshi_train.audit import suspects
        from cuoshi_train.config import read_measures
        from cuoshi_train.dataset import read_examples
    labels = read_measures(measures)
    examples = [example for path in files for example in read_examples(path, labels)]
    with busy("scoring out of fold"):
        found = suspects(examples, labels, most)
    for suspect in found:
        row = {
            "id": suspect.example.fields.get("id"),
            "quality": round(suspect.quality, 4),
            "labels": suspect.example.labels,
            "scores": suspect.scores,
            "text": suspect.example.text,
        }
        print(json.dumps(row, ensure_ascii=False))
