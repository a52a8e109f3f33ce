"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The model's directory.")]
Corpora = Annotated[
    list[Path], typer.Argument(metavar="CORPUS...", help="JSONL files with a text each, or .gz.")
]


Unit = Annotated[
    Literal["article", "sentence"], typer.Option(help="sentence: each record is one already.")
]
Sample = Annotated[int, typer.Option(help="Take so many at random; 0 for all.")]
