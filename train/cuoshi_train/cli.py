"""The workshop's commands; heavy packages are imported only when one of them runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cuoshi_train.common import busy, heavy, say
from cuoshi_train.data_cli import data
from cuoshi_train.measure_cli import measure
from cuoshi_train.train_cli import train


def register(app: typer.Typer) -> None:
    """Add the commands to the runtime's command line."""
    app.add_typer(train, name="train")
    app.add_typer(measure, name="measure")
    app.add_typer(data, name="data")
    app.command()(evaluate)


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
