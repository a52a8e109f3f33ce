"""`cuoshi predict`: articles in, tagged sentences out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer

from cuoshi import __version__, parquet, ray
from cuoshi.console import Meter, complain
from cuoshi.errors import InputError, without_errors
from cuoshi.modeldir import DEFAULT, identity
from cuoshi.models.cascade import cascade_identity
from cuoshi.reading import TEXT_COLUMN, Article, find_inputs, read_articles
from cuoshi.sentences import SPLITTER_VERSION
from cuoshi.shards import Plan, Tag, tag_in_shards
from cuoshi.tables import STDIN, Watch
from cuoshi.tagger import TaggedArticle, Tagger
from cuoshi.writing import make_writer, whole_file

Inputs = Annotated[
    list[str] | None,
    typer.Argument(help="Files (.txt .md .html .jsonl .csv .tsv, also .gz), folders, or -."),
]


def predict(
    context: typer.Context,
    inputs: Inputs = None,
    form: Annotated[
        Literal["table", "jsonl", "csv", "parquet"] | None,
        typer.Option("--format", help="Default: table on a terminal, else jsonl."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to a file, whole or not at all.")
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="ARTICLES",
            help="-o is a folder of numbered files of so many articles; run again, it goes on.",
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="A bundled model or a model directory.")] = DEFAULT,
    unit: Annotated[
        Literal["article", "sentence"],
        typer.Option(help="sentence: each record is one sentence already."),
    ] = "article",
    text_column: Annotated[str, typer.Option(help="Of JSONL, CSV and TSV.")] = TEXT_COLUMN,
    id_column: Annotated[str | None, typer.Option(help="Default: id, where there is one.")] = None,
    threshold: Annotated[
        list[str] | None, typer.Option(metavar="LABEL=VALUE", help="Replace a label's threshold.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="LABEL", help="Only these.")] = None,
    keep_all: Annotated[
        bool, typer.Option("--keep-all", help="Tag navigation, teasers and copies too.")
    ] = False,
    raw_csv: Annotated[
        bool, typer.Option("--raw-csv", help="Do not guard cells that a spreadsheet would run.")
    ] = False,
    cascade: Annotated[
        bool,
        typer.Option(
            "--cascade/--no-cascade",
            help="A cheap model reads first: faster on archives, the same labels on at least "
            "99.8% of real sentences.",
        ),
    ] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="ray: on a cluster, with the extra `ray`.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Of a Ray cluster; default: one is started here."),
    ] = None,
) -> None:
    """Tag the sentences of articles with the measures they state."""
    settings: dict[str, Any] = {
        "model": model, "thresholds": _thresholds(threshold or []), "only": only or [],
        "keep_all": keep_all, "cascade": cascade,
    }  # fmt: skip
    if engine == "local" and address is not None:
        raise typer.BadParameter("--address is of --engine ray")
    if engine == "ray":
        form = form or (None if output else "jsonl")
        if form == "table":
            raise typer.BadParameter("--engine ray writes jsonl, csv or parquet")
    tagger = Tagger(**settings)
    names = list(find_inputs(named(inputs)))
    meter = context.with_resource(Meter(names, output is None and sys.stdout.isatty()))
    tag_on = context.with_resource(_engine(engine, address, tagger, unit, settings))

    def items() -> Iterator[Article | InputError]:
        for name in meter.names():
            for article in articles_of(name, unit, text_column, id_column, meter.watch):
                if isinstance(article, InputError):
                    meter.failures += 1
                    complain(article)
                yield article

    def tag(articles: Iterable[Article]) -> Iterator[TaggedArticle | InputError]:
        for result in meter.count(tag_on(articles)):
            if isinstance(result, InputError):
                complain(result)
            yield result

    if shards is not None:
        options = {
            "thresholds": sorted(threshold or []), "only": sorted(only or []), "keep_all": keep_all,
            "unit": unit, "text_column": text_column, "id_column": id_column,
        }  # fmt: skip
        made_by: dict[str, object] = {
            "model": cascade_identity(model) if cascade else identity(model), "options": options
        }  # fmt: skip
        plan = _plan(names, output, form, shards, made_by)
        if tag_in_shards(plan, output or Path(), items(), tag):
            raise typer.Exit(1)
        return
    failures: list[InputError] = []

    tagged = without_errors(tag(without_errors(items(), failures)), failures)
    if form == "parquet":
        if output is None:
            raise typer.BadParameter("--format parquet needs -o FILE")
        parquet.write(output, tagged)
    else:
        with _output(output, form) as (out, form_):
            writer = make_writer(form_, out, tagger.measures, raw_csv)
            for article in tagged:
                writer.write(article)
    if failures:
        raise typer.Exit(1)


@contextmanager
def _engine(
    engine: str, address: str | None, tagger: Tagger, unit: str, settings: dict[str, Any]
) -> Iterator[Tag]:
    """What tags articles in order: this process, or the workers of a cluster."""
    if engine == "local":
        yield partial(tagger.tag_articles, unit=unit)
        return
    with ray.cluster(address):
        yield partial(ray.tag_articles, unit=unit, **settings)


def _plan(
    names: list[str | InputError],
    output: Path | None,
    form: str | None,
    size: int,
    made_by: dict[str, object],
) -> Plan:
    if output is None:
        raise typer.BadParameter("--shards needs -o FOLDER")
    if form not in (None, "jsonl", "parquet"):
        raise typer.BadParameter("shards are jsonl or parquet")
    for name in names:
        if isinstance(name, InputError):
            raise name
        if name == STDIN:
            raise typer.BadParameter("standard input cannot be read again: name files for --shards")
    versions = {"cuoshi": __version__, "splitter": SPLITTER_VERSION}
    return Plan([str(name) for name in names], {**versions, **made_by}, size, form or "jsonl")


def named(inputs: list[str] | None) -> list[str]:
    """The inputs asked for; standard input where none is named and something is piped in."""
    if inputs:
        return inputs
    if sys.stdin is None or sys.stdin.isatty():
        raise typer.BadParameter("name at least one file or folder, or - for standard input")
    return ["-"]


def articles_of(
    name: str | InputError,
    unit: str = "article",
    text_column: str = TEXT_COLUMN,
    id_column: str | None = None,
    watch: Watch | None = None,
) -> Iterator[Article | InputError]:
    """The articles of an input; what cannot be read comes as an error in its place."""
    if isinstance(name, InputError):
        yield name
    else:
        yield from read_articles(
            name, unit=unit, text_column=text_column, id_column=id_column, watch=watch
        )


def _thresholds(options: list[str]) -> dict[str, float]:
    found = {}
    for option in options:
        label, _, value = option.partition("=")
        try:
            found[label] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{option!r} is not LABEL=VALUE") from None
    return found


@contextmanager
def _output(path: Path | None, form: str | None) -> Iterator[tuple[TextIO, str]]:
    """Standard output or a whole file, and the format that fits where none was asked for."""
    if path is None:
        yield sys.stdout, form or ("table" if sys.stdout.isatty() else "jsonl")
        return
    form = form or ("csv" if path.suffix.lower() == ".csv" else "jsonl")
    with whole_file(path, "utf-8-sig" if form == "csv" else "utf-8") as out:
        yield out, form
