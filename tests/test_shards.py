from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cuoshi.cli import app
from cuoshi.errors import OutputError
from cuoshi.reading import Article
from cuoshi.shards import MANIFEST, Plan, tag_in_shards
from cuoshi.tagger import Tagger
from tests.models import lexicon

RUNNER = CliRunner()


def archive(path: Path, count: int) -> Path:
    lines = [
        json.dumps({"id": str(i), "text": f"第{i}天，门前有红花。抬头是蓝天，{'云' * (i % 7)}。"})
        for i in range(count)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*arguments: object) -> object:
    return RUNNER.invoke(app, ["predict", *map(str, arguments)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_shards_hold_what_one_file_holds(tmp_path: Path) -> None:
    source, model = archive(tmp_path / "a.jsonl", 25), lexicon(tmp_path / "m")
    run(source, "--model", model, "-o", tmp_path / "one.jsonl")
    done = run(source, "--model", model, "-o", tmp_path / "out", "--shards", 10)
    assert done.exit_code == 0, done.output
    parts = sorted((tmp_path / "out").glob("part-*"))
    assert [part.name for part in parts] == [f"part-{i:05}.jsonl" for i in range(3)]
    joined = "".join(part.read_text("utf-8") for part in parts)
    assert joined == (tmp_path / "one.jsonl").read_text("utf-8")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text("utf-8"))
    assert manifest["complete"]
    assert [shard["items"] for shard in manifest["shards"]] == [10, 10, 5]
    assert sum(shard["sentences"] for shard in manifest["shards"]) == joined.count("\n")


def test_the_same_command_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    tagger = Tagger(lexicon(tmp_path / "m"))
    source = archive(tmp_path / "a.jsonl", 30)
    plan = Plan([str(source)], {"model": "m"}, 7, "jsonl")
    articles = [Article(str(i), "", f"第{i}天有红花。") for i in range(30)]
    tag_in_shards(plan, tmp_path / "whole", articles, tagger.tag_articles)

    class StoppedError(Exception):
        pass

    def until(n: int):  # type: ignore[no-untyped-def]
        yield from articles[:n]
        raise StoppedError

    tagged = []
    for n in (3, 10, 16, 29):
        with pytest.raises(StoppedError):
            tag_in_shards(plan, tmp_path / "parts", until(n), tagger.tag_articles)
        tagged.append(len(list((tmp_path / "parts").glob("part-*"))))
    tag_in_shards(plan, tmp_path / "parts", articles, tagger.tag_articles)
    assert tagged == [0, 1, 2, 4]
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_changed_run_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    source, model = archive(tmp_path / "a.jsonl", 9), lexicon(tmp_path / "m")
    out = tmp_path / "out"
    assert run(source, "--model", model, "-o", out, "--shards", 4).exit_code == 0
    before = contents(out)
    for change, word in (
        (["--only", "red"], "options"),
        (["--shards", "5"], "shard size"),
        (["--model", "lexicon"], "model"),
    ):
        done = run(source, "--model", model, "-o", out, "--shards", 4, *change)
        assert done.exit_code == 1
        assert word in done.output
    source.write_text(source.read_text("utf-8") + '{"text": "蓝天。"}\n', encoding="utf-8")
    done = run(source, "--model", model, "-o", out, "--shards", 4)
    assert "another input" in done.output
    assert contents(out) == before


def test_a_damaged_or_foreign_folder_is_refused(tmp_path: Path) -> None:
    source, model = archive(tmp_path / "a.jsonl", 9), lexicon(tmp_path / "m")
    out = tmp_path / "out"
    run(source, "--model", model, "-o", out, "--shards", 4)
    (out / "part-00001.jsonl").write_text("x", encoding="utf-8")
    assert "changed since" in run(source, "--model", model, "-o", out, "--shards", 4).output
    (out / "part-00001.jsonl").unlink()
    assert "missing" in run(source, "--model", model, "-o", out, "--shards", 4).output
    (out / MANIFEST).unlink()
    assert "without a manifest" in run(source, "--model", model, "-o", out, "--shards", 4).output


def test_what_cannot_be_read_is_kept_in_the_manifest(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.jsonl", 3)
    source.write_text("no json\n" + source.read_text("utf-8"), encoding="utf-8")
    out = tmp_path / "out"
    for _ in range(2):
        done = run(source, "--model", lexicon_once(tmp_path), "-o", out, "--shards", 2)
        assert done.exit_code == 1
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    assert [len(shard["failures"]) for shard in manifest["shards"]] == [1, 0]
    assert "line 1: not JSON" in manifest["shards"][0]["failures"][0]


def lexicon_once(tmp_path: Path) -> Path:
    return tmp_path / "m" if (tmp_path / "m").is_dir() else lexicon(tmp_path / "m")


def test_standard_input_and_other_formats_are_refused(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.jsonl", 2)
    assert "standard input" in run("-", "-o", tmp_path / "o", "--shards", 2).output
    assert run(source, "--shards", 2).exit_code == 2
    assert run(source, "-o", tmp_path / "o", "--shards", 2, "--format", "csv").exit_code == 2


def test_parquet_shards_read_back(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    source, model = archive(tmp_path / "a.jsonl", 5), lexicon(tmp_path / "m")
    out = tmp_path / "out"
    done = run(source, "--model", model, "-o", out, "--shards", 3, "--format", "parquet")
    assert done.exit_code == 0, done.output
    rows = [
        row for part in sorted(out.glob("*.parquet")) for row in pq.read_table(part).to_pylist()
    ]
    assert len(rows) == 10
    assert rows[0]["labels"] == ["red"]
    assert rows[0]["evidence"][0][1][0]["text"] == "红花"
    # and Parquet in
    first = out / "part-00000.parquet"
    again = run(first, "--model", model, "--unit", "sentence", "--id-column", "article")
    records = [json.loads(line) for line in again.stdout.splitlines()]
    assert [r["labels"] for r in records] == [row["labels"] for row in rows[:6]]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text on other systems")
def test_a_file_whose_name_is_no_utf8_does_not_stop_a_second_run(tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"\xff.jsonl")
    archive(source, 5)
    command = (source, "--model", lexicon(tmp_path / "m"), "-o", tmp_path / "out", "--shards", 3)
    assert run(*command).exit_code == 0
    before = contents(tmp_path / "out")
    assert run(*command).exit_code == 0
    assert contents(tmp_path / "out") == before
    manifest = json.loads(before[MANIFEST])
    assert manifest["inputs"][0]["path"].endswith("\\udcff.jsonl")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="file"):
        tag_in_shards(
            Plan([], {}, 1, "jsonl"), tmp_path / "file" / "x", [], Tagger("lexicon").tag_articles
        )


@pytest.mark.slow
def test_kill_at_any_moment_loses_nothing_and_leaves_nothing_wrong(tmp_path: Path) -> None:
    source, model = archive(tmp_path / "a.jsonl", 4000), lexicon(tmp_path / "m")
    command = [sys.executable, "-m", "cuoshi", "predict", str(source), "--model", str(model)]
    whole = tmp_path / "whole"
    started = time.monotonic()
    subprocess.run([*command, "-o", str(whole), "--shards", "40"], check=True)
    length = time.monotonic() - started
    rng = random.Random(5)
    kills = rounds = 0
    while kills < 20:
        rounds += 1
        assert rounds <= 40
        killed = tmp_path / f"killed{rounds}"
        while True:
            process = subprocess.Popen([*command, "-o", str(killed), "--shards", "40"])
            try:
                assert process.wait(timeout=rng.uniform(0.2, 1.0) * length) == 0
                break
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
            for part in killed.glob("part-*"):
                assert part.read_bytes() == (whole / part.name).read_bytes()
        assert contents(killed) == contents(whole)
    print(f"killed {kills} times, {rounds} runs finished")  # -s shows it
