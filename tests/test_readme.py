from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NAMES = ("README.md", "README.zh-CN.md")
SHOWN = re.compile(r"<!-- output of: (?P<command>.+?) -->\n```\w*\n(?P<output>.*?)\n```", re.S)
_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
NEAR = 0.011
"""Scores differ in their last digits between processors."""
CASES = [
    pytest.param(
        match["command"],
        match["output"],
        id=match["command"],
        marks=[pytest.mark.slow] if "evaluate" in match["command"] else [],
    )
    for match in SHOWN.finditer((ROOT / NAMES[0]).read_text("utf-8"))
]


@pytest.mark.parametrize(("command", "output"), CASES)
def test_a_command_prints_what_the_readme_shows(
    command: str, output: str, request: pytest.FixtureRequest
) -> None:
    if "../shared" in command or "rebuilt" in command:
        request.getfixturevalue("rebuilt")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PATH": path},
        check=False,
    )
    found = f"{done.stdout}{done.stderr}".rstrip()
    assert _NUMBER.sub("#", found).split() == _NUMBER.sub("#", output).split()
    pairs = zip(_NUMBER.findall(found), _NUMBER.findall(output), strict=True)
    assert all(abs(float(one) - float(two)) <= NEAR for one, two in pairs)


def test_numbers_are_compared() -> None:
    assert _NUMBER.findall("0.95/1.00 n 12 (0.9-1.0) v2.txt") == ["0.95", "1.00", "0.9", "1.0"]


@pytest.mark.parametrize("name", NAMES)
def test_the_python_of_the_readme_runs(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    examples = doctest.DocTestParser().get_doctest(code, {}, name, name, 0)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_both_readmes_show_the_same_commands_and_outputs() -> None:
    one, two = (SHOWN.findall((ROOT / name).read_text("utf-8")) for name in NAMES)
    assert one == two


def test_every_module_has_its_line_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for path in (ROOT / "predict" / "cuoshi").iterdir():
        if path.suffix == ".py" and not path.name.startswith("__"):
            if path.stem in {"errors", "measures"}:
                continue
            assert path.name in text, path.name
