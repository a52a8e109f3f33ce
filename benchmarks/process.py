"""Whole commands from start to exit: time and peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cuoshi
from benchmarks.rates import Row
from cuoshi.errors import CuoshiError

LAUNCH = Path(__file__).parent / "launch.py"
TRANSFORMERS = """
import json, sys
from transformers import pipeline
texts = [json.loads(line)["text"] for line in open(sys.argv[2], encoding="utf-8")]
texts = [line for text in texts for line in text.splitlines()]
pipe = pipeline("text-classification", model=sys.argv[1], tokenizer=sys.argv[1], device="cpu")
pipe(texts, top_k=None, function_to_apply="sigmoid", truncation=True, max_length=128)
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command went: seconds from start to exit, the largest resident size in bytes."""

    seconds: float
    peak: int


def run(command: Sequence[str]) -> Finished:
    """Run a command in this environment, its output thrown away.

    Raises:
        CuoshiError: it failed; says what it said last.
    """
    home = str(Path(cuoshi.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(LAUNCH), *command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        check=False,
    )
    found = json.loads(done.stdout) if done.stdout else {"code": done.returncode}
    if found["code"] != 0:
        said = done.stderr.strip().splitlines() or [""]
        raise CuoshiError(f"{' '.join(command)[:200]}: exit code {found['code']}: {said[-1]}")
    return Finished(found["seconds"], found["peak"])


def predict(*arguments: str) -> list[str]:
    """The command `cuoshi predict` with arguments."""
    return [sys.executable, "-m", "cuoshi", "predict", *arguments]


def whole_commands(page: Path, model: str, network: Path | None, times: int) -> list[Row]:
    """Start to exit on one short page, with several models."""
    commands = {"cuoshi predict FILE": predict(str(page), "--model", model)}
    for name in ("baseline", "lexicon"):
        commands[f"cuoshi predict FILE --model {name}"] = predict(str(page), "--model", name)
    if network is not None:
        code = [sys.executable, "-c", TRANSFORMERS, str(network), str(page)]
        commands["same network, transformers.pipeline, FILE"] = code
    first = next(iter(commands))
    runs: dict[str, list[Finished]] = {name: [] for name in commands}
    for number in range(times):
        for name, command in commands.items():
            print(f"start {number + 1}: {name}", file=sys.stderr)
            runs[name].append(run(command))
    rows = []
    for kind, choose in (("best", min), ("median", statistics.median)):
        label = f"start to exit, {kind} of {times}: "
        rows += [
            Row(label + name, "s", None, choose([r.seconds for r in done]), label + first)
            for name, done in runs.items()
        ]
    label = "peak memory: "
    rows += [
        Row(label + name, "MB", None, max(r.peak for r in done) / 1e6, label + first)
        for name, done in runs.items()
    ]
    return rows
