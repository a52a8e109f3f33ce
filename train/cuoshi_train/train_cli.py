"""`cuoshi train`: models from data."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cuoshi_train.common import busy, heavy, say, texts
from cuoshi_train.options import ConfigPath, Corpora, Output, Sample, Unit

Seed = Annotated[int | None, typer.Option(help="Another than the configuration's.")]

train = typer.Typer(no_args_is_help=True, help="Train models.")


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
    spare: Annotated[
        list[Path] | None,
        typer.Option(help="Corpora of which one text in eight is left out, to measure on."),
    ] = None,
    held: Annotated[
        list[Path] | None,
        typer.Option(help="Sentences; the documents that hold one of them are left out."),
    ] = None,
) -> None:
    """The character model that byte slips are repaired by."""
    from cuoshi_train.ngrams import count, spared, without

    with busy("counting"):
        whole = (text for path in corpora for text in texts(path))
        parts = (text for path in spare or [] for out, text in spared(texts(path)) if not out)
        sentences = [text for path in held or [] for text in texts(path)]
        count(without(chain(whole, parts), sentences), output)
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
    seed: Seed = None,
) -> None:
    """A Chinese BERT with an evidence head (configs/bert.toml); goes on where it stopped."""
    with heavy():
        from cuoshi_train.bert.teacher import train as fit
    record = fit(config, output, encoder, seed)
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
    seed: Seed = None,
) -> None:
    """A smaller BERT taught by one or several (configs/distil.toml)."""
    with heavy():
        from cuoshi_train.bert.distil import train as fit
    record = fit(config, teacher, corpus or [], output, seed)
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
        list[Path] | None, typer.Option(help="Unlabelled text to learn from; repeatable.")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option(help="Labelled sentences to measure on; repeatable.")
    ] = None,
    version: Annotated[str, typer.Option(help="The model's version.")] = "1",
) -> None:
    """All models from data to what is shipped; done steps are not repeated."""
    with heavy():
        from cuoshi_train.pipeline import build_all, summary
    build_all(configs, output, corpus or [], version)
    Console(soft_wrap=True, highlight=False, width=200).print(summary(output, data or []))
