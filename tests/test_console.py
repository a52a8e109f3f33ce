"""The bar: what it counts, where it is shown, and that it is quiet in a pipe."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cuoshi.console import SMALL, Meter
from cuoshi.errors import InputError
from cuoshi.reading import read_articles
from cuoshi.tagger import Tagger

LINE = json.dumps({"text": "全区今天开展核酸检测。明天有小雨。"}) + "\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.jsonl"
    path.write_text(LINE * (2 * SMALL // len(LINE)) + "not JSON\n", encoding="utf-8")
    return path


def test_articles_sentences_and_failures_are_counted() -> None:
    meter = Meter([], screen=False)
    article = Tagger("lexicon").tag("全区今天开展核酸检测。明天有小雨。")
    assert list(meter.count([article, InputError("no text")])) != []
    assert (meter.articles, meter.sentences, meter.failures) == (1, 2, 1)
    assert str(meter) == "1 articles, 1 failed"


def _run(archive: Path, output: Path) -> list[str]:
    code = "from cuoshi.cli import main; main()"
    options = ["predict", str(archive), "--model", "lexicon", "-o", str(output)]
    return [sys.executable, "-c", code, *options]


def test_a_pipe_sees_errors_alone(archive: Path, tmp_path: Path) -> None:
    found = subprocess.run(
        _run(archive, tmp_path / "out.jsonl"), capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_sees_how_far_it_is(archive: Path, tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    command = _run(archive, tmp_path / "out.jsonl")
    with subprocess.Popen(command, stderr=follower, env=os.environ | {"TERM": "xterm"}) as run:
        os.close(follower)
        said = b""
        while True:
            try:
                data = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            said += data
        run.wait()
    os.close(leader)
    shown = said.decode("utf-8", "replace")
    assert "tagging" in shown
    assert " articles" in shown
    assert "1 failed" in shown


def test_closed_standard_error_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("全区今天开展核酸检测。", encoding="utf-8")
    code = "import sys; sys.stderr = None; from cuoshi.cli import main; main()"
    command = [sys.executable, "-c", code, "predict", str(path), "--model", "lexicon"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["labels"] == ["testing"]


def test_the_position_is_of_the_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(LINE * 2000)
    seen = []
    articles = list(read_articles(str(path), watch=seen.append))
    assert len(articles) == 2000
    (file,) = seen
    assert file.closed
