"""Results on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from cuoshi_train.evaluation.behaviour import Capability, rates
from cuoshi_train.evaluation.figures import Result


def results_table(results: Sequence[Result]) -> Table:
    """The results side by side: a row for each data file and model."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("data")
    table.add_column("model")
    labels = list(results[0].figures["labels"])
    for heading in [*labels, "macro F1 (95%)", "micro F1", "exact", "ECE", "evidence", "n"]:
        table.add_column(heading, justify="right")
    for result in results:
        figures = result.figures
        low, high = figures["intervals"]["macro_f1"]
        evidence = figures["evidence"]
        table.add_row(
            short(result.data),
            Path(result.model).name,
            *(
                f"{row['precision']:.2f}/{row['recall']:.2f}/{row['f1']:.2f}"
                for row in figures["labels"].values()
            ),
            f"{figures['macro_f1']:.3f} ({low:.2f}-{high:.2f})",
            f"{figures['micro_f1']:.3f}",
            f"{figures['exact_match']:.3f}",
            f"{figures['calibration']['ece']:.3f}",
            f"{evidence['token_f1']:.2f}" if evidence else "-",
            str(figures["count"]),
        )
    return table


def behaviour_table(results: Sequence[Capability]) -> Table:
    """Passed and failed cases by capability."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("behaviour", "passed", "failed"):
        table.add_column(heading)
    for suite, rate in rates(results).items():
        table.add_row(suite, f"{rate:.1%}", "")
        for result in results:
            if result.suite == suite and result.failed:
                passed = f"{result.passed}/{result.cases}"
                table.add_row(f"  {result.name}", passed, " ".join(result.failed))
    return table


def short(data: str) -> str:
    """The last folder and the name of a data file."""
    return "/".join(Path(data).with_suffix("").parts[-2:])
