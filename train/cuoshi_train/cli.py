"""The workshop's commands; heavy packages are imported only when one of them runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cuoshi.errors import CuoshiError
from cuoshi_train.common import busy, heavy, say, texts
from cuoshi_train.data_cli import data

train = typer.Typer(no_args_is_help=True, help="Train models.")
measure = typer.Typer(no_args_is_help=True, help="Measure speed and repair.")

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The model's directory.")]
Corpora = Annotated[
    list[Path], typer.Argument(metavar="CORPUS...", help="JSONL files with a text each, or .gz.")
]


Unit = Annotated[
    Literal["article", "sentence"], typer.Option(help="sentence: each record is one already.")
]
Sample = Annotated[int, typer.Option(help="Take so many at random; 0 for all.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the runtime's command line."""
    app.add_typer(train, name="train")
    app.add_typer(measure, name="measure")
    app.add_typer(data, name="data")
    app.command()(evaluate)


@train.command()
def baseline(config: ConfigPath, output: Output) -> None:
    """TF-IDF and logistic regression (configs/baseline.toml)."""
    with heavy():
        from cuoshi_train.baseline import train as fit
    with busy("cross-validation and training"):
        record = fit(config, output)
    print(json.dumps(record, ensure_ascii=False, indent=2))
    say(f"{output}: written")


@train.command()
def lexicon(config: ConfigPath, output: Output) -> None:
    """Regular expressions (configs/lexicon.toml)."""
    from cuoshi_train.lexicon import build

    build(config, output)
    say(f"{output}: written")


@train.command()
def ngrams(
    corpora: Corpora,
    output: Annotated[Path, typer.Option("-o", "--output")],
    halve: Annotated[
        list[Path] | None,
        typer.Option(help="Corpora of which every second text is left out, to measure on."),
    ] = None,
) -> None:
    """The character model that byte slips are repaired by."""
    from cuoshi_train.ngrams import count

    with busy("counting"):
        whole = (text for path in corpora for text in texts(path))
        halves = (text for path in halve or [] for text in islice(texts(path), 0, None, 2))
        count(chain(whole, halves), output)
    say(f"{output}: written")


@train.command()
def pretrain(
    config: ConfigPath,
    output: Output,
    corpus: Annotated[list[Path], typer.Option(help="Unlabelled text; repeatable.")],
) -> None:
    """An encoder that knows the domain's language (configs/pretrain.toml), for `train bert`."""
    with heavy():
        from cuoshi_train.bert.pretrain import train as fit
    record = fit(config, corpus, output)
    print(json.dumps({"sentences": record["sentences"], "loss": record["loss"][-1:]}))
    say(f"{output}: written")


@train.command()
def bert(
    config: ConfigPath,
    output: Output,
    encoder: Annotated[
        str | None, typer.Option(help="Another than the configuration's, say of `pretrain`.")
    ] = None,
) -> None:
    """A Chinese BERT with an evidence head (configs/bert.toml); goes on where it stopped."""
    with heavy():
        from cuoshi_train.bert.teacher import train as fit
    record = fit(config, output, encoder)
    print(json.dumps(record["validation"], ensure_ascii=False))
    say(f"{output}: written")


@train.command()
def distil(
    config: ConfigPath,
    output: Output,
    teacher: Annotated[list[Path], typer.Option(help="A directory of `train bert`; repeatable.")],
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Unlabelled text, JSONL or .gz; repeatable.")
    ] = None,
) -> None:
    """A smaller BERT taught by one or several (configs/distil.toml)."""
    with heavy():
        from cuoshi_train.bert.distil import train as fit
    record = fit(config, teacher, corpus or [], output)
    print(json.dumps(record["validation"], ensure_ascii=False))
    say(f"{output}: written")


@train.command()
def export(
    network: Annotated[Path, typer.Argument(help="A directory of `train bert` or `distil`.")],
    output: Output,
    validation: Annotated[
        list[Path], typer.Option(help="Labelled sentences that thresholds are fitted on.")
    ],
    name: Annotated[str, typer.Option(help="The model's name.")] = "bert",
    version: Annotated[str, typer.Option(help="The model's version.")] = "1",
    float32: Annotated[bool, typer.Option("--float32", help="Do not quantise.")] = False,
) -> None:
    """A model directory for `cuoshi predict` from a trained BERT: ONNX, int8."""
    with heavy():
        from cuoshi_train.bert.export import export as write
        from cuoshi_train.bert.export import measures_of_network
    from cuoshi_train.dataset import read_examples

    measures = measures_of_network(network)
    held = [example for path in validation for example in read_examples(path, measures)]
    with busy("exporting"):
        manifest = write(network, output, held, name, version, int8=not float32)
    print(json.dumps(dict(manifest.thresholds)))
    say(f"{output}: written")


@train.command()
def cascade(
    model: Annotated[str, typer.Argument(metavar="MODELDIR")],
    validation: Annotated[list[Path], typer.Option(help="Sentences, labelled or not; repeatable.")],
    first: Annotated[str, typer.Option(help="The cheap model that reads first.")] = "baseline",
    agreement: Annotated[
        float, typer.Option(min=0.5, max=1, help="Share of sentences that keep their labels.")
    ] = 0.999,
    unit: Unit = "sentence",
    sample: Sample = 0,
) -> None:
    """Choose how many sentences a cheap model may keep from this one; writes model.json."""
    from cuoshi_train.cascade import fit, sentences_of

    with busy("tagging"):
        held = [text for path in validation for text in sentences_of(path, unit, sample)]
        cut, effect = fit(model, first, held, agreement)
    print(f"cut {cut}: {effect}")
    if effect.sentences * (1 - agreement) < 3:
        say(f"too few sentences to tell {agreement:.2%}: name more, they need no labels")
    say(f"{model}: written")


@train.command(name="all")
def everything(
    configs: Annotated[Path, typer.Argument(metavar="CONFIGS", help="A folder like configs/.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder for the models.")],
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Unlabelled text for distillation; repeatable.")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option(help="Labelled sentences to measure on; repeatable.")
    ] = None,
) -> None:
    """All models from data to what is shipped; done steps are not repeated."""
    with heavy():
        from cuoshi_train.pipeline import build_all, summary
    build_all(configs, output, corpus or [])
    Console(soft_wrap=True, highlight=False, width=200).print(summary(output, data or []))


def evaluate(
    arguments: Annotated[
        list[str], typer.Argument(metavar="MODEL... DATA...", help="DATA are .jsonl files.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a report to this file.")] = None,
    articles: Annotated[
        Path | None, typer.Option(help="A folder of raw articles, tagged whole, against --gold.")
    ] = None,
    gold: Annotated[
        list[Path] | None, typer.Option(help="Keys of gold sentences; repeatable.")
    ] = None,
    behaviour: Annotated[
        Path | None, typer.Option(help="A folder of behavioural cases for the first model.")
    ] = None,
) -> None:
    """Compare models with labelled sentences, or with gold keys on raw articles."""
    files = [Path(name) for name in arguments if name.endswith(".jsonl")]
    models = [name for name in arguments if not name.endswith(".jsonl")]
    if not models or not (files or articles):
        raise typer.BadParameter("name at least one model, and .jsonl files or --articles")
    keys = (gold or [Path("data/gold/articles.jsonl")]) if articles else []
    with heavy():
        from cuoshi.models import load_model
        from cuoshi_train import evaluation as ev
        from cuoshi_train.evaluation.articles import pipeline_outcome
        from cuoshi_train.evaluation.behaviour import run
        from cuoshi_train.evaluation.html import report
    full = as_json or html is not None
    with busy("tagging"):
        loaded = {name: load_model(name) for name in models}
        pairs = [(ev.collect(m, path, loaded[m]), m) for path in files for m in models]
        for path in keys:
            pairs += [(pipeline_outcome(m, articles, path), m) for m in models if articles]
        results = [
            ev.Result(o.model, o.data, o.digest, ev.figures_of(o, loaded[m] if full else None))
            for o, m in pairs
        ]
        cases = run(loaded[models[0]], behaviour) if behaviour else []
    if html:
        html.write_text(report(results, [o for o, _ in pairs], cases), encoding="utf-8")
        say(f"{html}: written")
    if as_json:
        found = {
            "results": [asdict(result) for result in results],
            "tests": ev.compare([o for o, _ in pairs]),
            "behaviour": [asdict(case) for case in cases],
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = Console(soft_wrap=True, highlight=False, width=220)
    console.print(ev.results_table(results))
    if cases:
        console.print(ev.behaviour_table(cases))
    for path_, digest in dict.fromkeys((result.data, result.digest) for result in results):
        say(f"{path_}: SHA-256 {digest}")


@measure.command()
def noise(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Labelled clean sentences.")],
    model: Annotated[str, typer.Option()] = "default",
    sample: Annotated[int, typer.Option(help="Take so many at random; 0 for all.")] = 0,
) -> None:
    """Macro-F1 on sentences made noisy again, with and without the cleaner."""
    with heavy():
        from cuoshi_train.evaluation.robustness import robustness
    with busy("making noise"):
        rows = robustness(model, data, sample)
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
    halved: Annotated[
        bool, typer.Option(help="Damage only the texts that `train ngrams --halve` left out.")
    ] = True,
) -> None:
    """False repairs of byte slips on clean text, and recovery of damaged text."""
    from cuoshi_train.slips import report

    with busy("repairing"):
        found = report([text for path in corpora for text in texts(path)], sample, seed, halved)
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
    print("| variant | macro F1 | average precision | evidence F1 |\n| --- | ---: | ---: | ---: |")
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
