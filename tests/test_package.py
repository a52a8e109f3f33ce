from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cuoshi
from tests.conftest import ROOT

HEAVY = {"torch", "transformers", "datasets", "evaluate", "sklearn", "scipy"}
RUNTIME = sorted((ROOT / "predict" / "cuoshi").rglob("*.py"))


def test_public_names_are_pinned() -> None:
    assert sorted(cuoshi.__all__) == [
        "ConfigError",
        "CuoshiError",
        "Evidence",
        "InputError",
        "LabelError",
        "Measure",
        "Metadata",
        "ModelError",
        "OutputError",
        "TaggedArticle",
        "TaggedSentence",
        "Tagger",
    ]
    assert all(hasattr(cuoshi, name) for name in cuoshi.__all__)


def test_tagging_imports_neither_torch_nor_transformers(articles: Path) -> None:
    code = f"""
import sys
import cuoshi
sys.argv = ["cuoshi", "predict", {str(articles)!r}]
from cuoshi.cli import main
try:
    main()
except SystemExit as stop:
    assert stop.code == 0, stop.code
found = {HEAVY!r} & set(sys.modules)
assert not found, found
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"labels": ["' in done.stdout


@pytest.mark.parametrize("path", RUNTIME, ids=lambda path: path.name)
def test_the_runtime_imports_nothing_heavy(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert not names & (HEAVY | {"cuoshi_train", "pickle", "joblib"})


def test_the_four_measures_are_named_only_in_the_configuration() -> None:
    code = [*RUNTIME, *(ROOT / "train" / "cuoshi_train").rglob("*.py")]
    for path in code:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in {"testing", "quarantine", "supply", "accountability"}, path


def test_doctests_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doctest", cuoshi.__file__], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
