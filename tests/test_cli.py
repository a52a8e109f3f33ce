from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.models import lexicon


def run(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cuoshi", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def labels(output: str) -> list[list[str]]:
    return [json.loads(line)["labels"] for line in output.splitlines()]


def test_a_pipe_gets_jsonl(tmp_path: Path) -> None:
    model = lexicon(tmp_path / "m")
    done = run("predict", "-", "--model", model, stdin="红花。蓝天。")
    assert (done.returncode, done.stderr) == (0, "")
    assert labels(done.stdout) == [["red"], ["blue"]]


def test_every_bad_input_is_one_line_and_the_good_ones_are_tagged(tmp_path: Path) -> None:
    model = lexicon(tmp_path / "m")
    good = tmp_path / "good.txt"
    good.write_text("红花。", encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "png.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "broken.jsonl").write_text('{"text": "蓝天"}\n{\n', encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    names = ["none.txt", "empty.txt", "png.txt", "broken.jsonl", "other.csv", "good.txt"]
    done = run("predict", *(tmp_path / name for name in names), "--model", model)
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()
    assert len(said) == 5
    for name, line in zip(names, said, strict=False):
        assert line.startswith("error: ")
        assert name in line
    assert "line 2" in said[3]
    assert "there are: a, b" in said[4]
    assert labels(done.stdout) == [["blue"], ["red"]]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--model", "lexikon"), 1, "did you mean 'lexicon'"),
        (("--only", "tests"), 1, "did you mean 'testing'"),
        (("--threshold", "testing"), 2, "LABEL=VALUE"),
        (("--threshold", "testing=3"), 1, "between 0 and 1"),
        (("--format", "xml"), 2, "xml"),
        (("-o", "/no/such/folder/out.jsonl"), 1, "/no/such/folder/out.jsonl"),
    ],
)
def test_wrong_options(articles: Path, options: tuple[str, ...], code: int, said: str) -> None:
    done = run("predict", articles / "press-conference.txt", *options)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_output_goes_to_a_file_in_its_format(tmp_path: Path, articles: Path) -> None:
    out = tmp_path / "out.csv"
    done = run("predict", articles, "-o", out, "--model", "lexicon")
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_bytes().startswith(b"\xef\xbb\xbfarticle,index,text")


def test_the_unit_can_be_the_sentence(tmp_path: Path) -> None:
    data = tmp_path / "a.jsonl"
    data.write_text('{"body": "红花。蓝天。", "no": 5}\n', encoding="utf-8")
    model = lexicon(tmp_path / "m")
    options = ("--unit", "sentence", "--text-column", "body", "--id-column", "no")
    done = run("predict", data, "--model", model, *options)
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["article"], row["labels"]) == ("5", ["red", "blue"])


def test_clean_prints_the_text_and_the_audit(tmp_path: Path) -> None:
    page = tmp_path / "a.txt"
    page.write_text("首頁\n紅(hóng)花,開了", encoding="utf-8")
    assert run("clean", page).stdout == "红花，开了\n"
    audit = run("clean", "--audit", page).stdout
    assert "pinyin\t4\t10\t'(hóng)'\t''" in audit
    assert "left out: navigation\t0\t2\t'首页'" in audit


def test_a_closed_pipe_is_no_traceback(articles: Path) -> None:
    command = f"{sys.executable} -m cuoshi predict {articles} --model lexicon | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_an_interrupt_leaves_no_half_file(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("红花。\n" * 400_000, encoding="utf-8")
    out = tmp_path / "out.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "cuoshi", "predict", source, "-o", out],
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background processes ignore it, and so would this one
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(1200):  # until it has begun to write
        if any(path.stat().st_size for path in tmp_path.glob(".out.jsonl*")):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["in.txt"]


def test_help_names_the_commands() -> None:
    text = run("--help").stdout
    assert all(name in text for name in ("predict", "clean", "evaluate", "train", "measure"))
