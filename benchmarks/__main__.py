"""`python -m benchmarks DATA.jsonl`: one table of what cuoshi costs beside other ways to tag."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.contenders import BASE, cuoshi_contenders
from benchmarks.machine import (
    PAGE,
    digest,
    machine,
    read_sentences,
    spread,
    versions,
    write_pages,
)
from benchmarks.pipelines import base_contenders, network_contenders
from benchmarks.process import whole_commands
from benchmarks.rates import Row, rates
from benchmarks.stages import ceiling_rows, stage_rows
from cuoshi.errors import CuoshiError
from cuoshi.modeldir import DEFAULT
from cuoshi.models.bert import processors


def main(
    data: Annotated[Path, typer.Argument(metavar="DATA.jsonl", help="A sentence in each `text`.")],
    sentences: Annotated[int, typer.Option(min=1, help="At most so many.")] = 2000,
    few: Annotated[int, typer.Option(min=1, help="For the model of bert-base's size.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="The best counts.")] = 3,
    starts: Annotated[int, typer.Option(min=1, help="Times that commands are started.")] = 5,
    network: Annotated[
        Path | None, typer.Option(help="The default model's network: of `cuoshi train distil`.")
    ] = None,
    model: Annotated[str, typer.Option(help="In the default model's place.")] = DEFAULT,
    quick: Annotated[bool, typer.Option("--quick", help="Only to see that it runs.")] = False,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all figures to it.")
    ] = None,
) -> None:
    """Measure everything in one run on the same sentences; a Markdown table on stdout."""
    if quick:
        sentences, few, rounds, starts = min(sentences, 40), 4, 1, 1
    texts = read_sentences(data, sentences)
    sample = spread(texts, few)
    threads = processors()
    with tempfile.TemporaryDirectory() as folder:
        # Whole commands first, while this process is small.
        page = write_pages(texts[:PAGE], Path(folder) / "page.jsonl")
        pages = write_pages(texts, Path(folder) / "pages.jsonl")
        commands = whole_commands(page, model, network, starts)
        stages = stage_rows(pages, model, threads, rounds)
    contenders = [
        *cuoshi_contenders(model),
        *network_contenders(network),
        *base_contenders(texts, layers=1 if quick else 12),
    ]
    speeds = rates(contenders, texts, sample, threads, rounds, BASE)
    base = next(row for row in speeds if row.name == BASE)
    size = 256 if quick else 2048
    rows = [
        *speeds, *commands, *stages, *ceiling_rows(model, texts, base, threads, size, rounds)
    ]  # fmt: skip
    read = f"{len(texts)} sentences, {len(set(texts))} distinct"
    about = {
        "machine": machine(),
        "versions": versions(),
        "data": f"{read}, of {data}, SHA-256 {digest(data)}",
    }
    print(table(rows, threads))
    print("\n" + "; ".join(about.values()) + ("; --quick: no measurement" if quick else ""))
    if as_json:
        found = {**about, "threads": threads, "quick": quick, "rows": [asdict(r) for r in rows]}
        text = json.dumps(found, ensure_ascii=False, indent=1)
        as_json.write_text(text + "\n", encoding="utf-8")
        print(f"{as_json}: written", file=sys.stderr)


def table(rows: Sequence[Row], threads: int) -> str:
    """The rows in Markdown, each with its ratios to its base."""
    named = {row.name: row for row in rows}
    lines = [
        f"| measured | unit | 1 thread | ratio | {threads} threads | ratio | |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        base = named.get(row.base)
        cells = [
            *(_number(row.one), _ratio(row.one, base.one if base else None)),
            *(_number(row.every), _ratio(row.every, base.every if base else None)),
        ]
        lines.append(f"| {row.name} | {row.unit} | {' | '.join(cells)} | {row.note} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float | None, base: float | None) -> str:
    return "" if value is None or not base else f"{value / base:.2f}×"


if __name__ == "__main__":
    try:
        typer.run(main)
    except CuoshiError as error:
        sys.exit(f"error: {error}")
