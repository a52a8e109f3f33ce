"""`cuoshi measure`: what models, cleaning and training are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cuoshi.errors import CuoshiError
from cuoshi_train.common import busy, heavy, say, texts
from cuoshi_train.options import ConfigPath, Corpora, Sample, Unit

measure = typer.Typer(no_args_is_help=True, help="Measure speed, repair, robustness, training.")


@measure.command()
def noise(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Labelled clean sentences.")],
    model: Annotated[str, typer.Option()] = "default",
    sample: Sample = 0,
    seed: Annotated[int, typer.Option(help="Of sample and noise.")] = 20221226,
) -> None:
    """Macro-F1 on sentences made noisy again, with and without the cleaner."""
    with heavy():
        from cuoshi_train.evaluation.robustness import robustness
    with busy("making noise"):
        rows = robustness(model, data, sample, seed)
    print("| noise | with the cleaner | change | without |\n| --- | ---: | ---: | ---: |")
    for row in rows:
        change = 100 * (row.cleaned - rows[0].cleaned)
        print(f"| {row.noise} | {row.cleaned:.3f} | {change:+.1f} | {row.raw:.3f} |")


@measure.command()
def gate(
    floors: Annotated[Path, typer.Argument(metavar="FLOORS")],
    model: Annotated[str, typer.Option()] = "default",
    articles: Annotated[
        Path | None, typer.Option(help="Raw articles of data/gold/articles.jsonl.")
    ] = None,
    up: Annotated[bool, typer.Option("--raise", help="Set the floors to what is found.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why a floor may fall.")] = None,
) -> None:
    """Fail where a figure of the model is under its floor (tests/quality/floors.toml)."""
    with heavy():
        from cuoshi_train.evaluation import gate as gates
        from cuoshi_train.evaluation.quality import measure as measured
        from cuoshi_train.evaluation.quality import model_digest
    home = floors.resolve().parents[2]
    data = {name: home / "data" / name / "test.jsonl" for name in ("written", "rebuilt")}
    with busy("measuring"):
        gold = home / "data" / "gold" / "articles.jsonl"
        figures, digests = measured(model, data, home / "tests" / "behaviour", articles, gold)
    old = gates.read_floors(floors) if floors.is_file() else None
    for name, value in figures.items():
        print(f"{value:.4f}  {name}")
    if up:
        found = gates.updated(old, figures, model_digest(model), digests, reason)
        gates.write_floors(floors, found)
        say(f"{floors}: written")
    elif old and (failed := gates.failures(old, figures)):
        raise CuoshiError("\n".join(failed))


@measure.command()
def slips(
    corpora: Corpora,
    sample: Annotated[int, typer.Option(help="Sentences to damage.")] = 3000,
    seed: Annotated[int, typer.Option()] = 20221226,
    spare: Annotated[
        bool, typer.Option(help="Damage only the texts that `train ngrams --spare` left out.")
    ] = True,
) -> None:
    """False repairs of byte slips on clean text, and recovery of damaged text."""
    from cuoshi_train.slips import report

    with busy("repairing"):
        found = report([text for path in corpora for text in texts(path)], sample, seed, spare)
    print(found)


@measure.command()
def speed(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...")],
    model: Annotated[str, typer.Option()] = "default",
    repeat: Annotated[int, typer.Option(help="Times over.")] = 5,
) -> None:
    """MB/s of cleaning and splitting, and their share of a whole run."""
    from cuoshi_train.speed import report

    print(report(inputs, model, repeat))


@measure.command()
def curve(
    config: ConfigPath, data: Annotated[list[Path], typer.Argument(metavar="DATA...")]
) -> None:
    """Learning curve of the baseline: macro-F1 on each data file as its training set grows."""
    with heavy():
        from cuoshi_train.curve import curve as points
    names = ["/".join(path.with_suffix("").parts[-2:]) for path in data]
    print(f"| trained on | sentences | {' | '.join(names)} |")
    print(f"| --- | ---: |{' ---: |' * len(names)}")
    for point in points(config, data):
        figures = " | ".join(f"{f1:.3f}" for f1 in point.macro_f1)
        print(f"| {point.trained_on} | {point.sentences} | {figures} |", flush=True)


@measure.command()
def ablation(
    config: ConfigPath,
    encoder: Annotated[str | None, typer.Option(help="Another than the configuration's.")] = None,
) -> None:
    """What each part of the training brings (configs/ablation.toml): mean ± spread of seeds."""
    with heavy():
        from cuoshi_train.bert.ablation import ablation as rows
    print("| variant | macro F1 | average precision | macro F1 with noise | evidence F1 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in rows(config, encoder):
        print(f"| {row} |", flush=True)


@measure.command()
def frozen(
    config: ConfigPath, data: Annotated[list[Path], typer.Argument(metavar="DATA...")]
) -> None:
    """The untrained encoder under a logistic regression: macro and micro F1 on each data file."""
    with heavy():
        from cuoshi_train.bert.frozen import frozen as figures
    with busy("encoding"):
        found = figures(config, data)
    for path, (macro, micro) in zip(data, found, strict=True):
        print(f"{path}: macro F1 {macro:.3f}, micro F1 {micro:.3f}")


@measure.command(name="cascade")
def cascade_effect(
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    data: Annotated[list[Path], typer.Argument(metavar="DATA...")],
    unit: Unit = "sentence",
    sample: Sample = 0,
) -> None:
    """How many sentences the model's cascade spares it, and on how many its labels agree."""
    from cuoshi_train.cascade import measured, sentences_of

    for path in data:
        with busy(f"tagging {path}"):
            effect = measured(model, sentences_of(path, unit, sample))
        print(f"{path}: {effect}", flush=True)


@measure.command()
def flips(
    one: Annotated[str, typer.Argument(metavar="MODEL")],
    two: Annotated[str, typer.Argument(metavar="MODEL")],
    data: Annotated[list[Path], typer.Argument(metavar="DATA...")],
) -> None:
    """How many labels differ between two models at the first one's thresholds."""
    with heavy():
        from cuoshi_train.evaluation.flips import flips as count
    with busy("tagging"):
        different, total, largest = count(one, two, data)
    print(f"{different} of {total} labels differ ({different / total:.2%}); ", end="")
    print(f"largest difference of a score {largest:.4f}")
