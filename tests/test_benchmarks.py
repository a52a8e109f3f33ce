from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import table
from benchmarks.contenders import distinct
from benchmarks.machine import spread
from benchmarks.memory import Repeated
from benchmarks.process import run
from benchmarks.rates import Contender, Row, SkippedError, rates

from cuoshi.errors import CuoshiError, InputError
from tests.conftest import ROOT
from tests.models import encoder, lexicon

TEXTS = ["门前有红花。", "抬头是蓝天。", "全县已开展三轮核酸检测。", "门前有红花。"]


def corpus(path: Path) -> Path:
    path.write_text("".join(json.dumps({"text": t * 3}) + "\n" for t in TEXTS), encoding="utf-8")
    return path


def module(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", name, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_repeats_are_kept_apart() -> None:
    assert distinct(["a", "b", "a", "a", "c"]) == [["a", "b", "c"], ["a"], ["a"]]
    assert distinct([]) == []


def test_a_sample_has_the_lengths_of_all() -> None:
    every = ["字" * n for n in range(100)]
    assert sorted(map(len, spread(every, 4))) == [12, 37, 62, 87]
    assert len(spread(every, 1000)) == 100


def test_rates_and_reasons() -> None:
    asked: list[int] = []

    def absent(threads: int):  # type: ignore[no-untyped-def]
        raise SkippedError("not here")

    contenders = [
        Contender("all", lambda threads: lambda texts: asked.append(len(texts))),
        Contender("few", lambda threads: lambda texts: None, threaded=False, few=True),
        Contender("none", absent),
    ]
    rows = rates(contenders, TEXTS, TEXTS[:1], 2, 2, "all")
    assert asked == [4] * 6  # once to warm up and two rounds, with one thread and with two
    assert rows[0].one
    assert rows[0].every
    assert (rows[1].every, rows[1].note) == (None, "1 sentences")
    assert rows[2] == Row("none", "sentences/s", None, None, "all", "skipped: not here")


def test_the_table_shows_ratios() -> None:
    rows = [Row("a", "s", 2.0, 1000.0, "a"), Row("b", "s", 3.0, None, "a", "why")]
    first, second = table(rows, 2).splitlines()[2:]
    assert first == "| a | s | 2 | 1.00× | 1,000 | 1.00× |  |"
    assert second == "| b | s | 3 | 1.50× | – |  | why |"


def test_a_command_has_a_time_and_a_peak_of_its_own() -> None:
    held = bytearray(200_000_000)  # this process's memory is not the command's
    done = run([sys.executable, "-c", "bytearray(50_000_000)"])
    assert len(held) == 200_000_000
    assert done.seconds > 0
    assert 50e6 < done.peak < 150e6
    with pytest.raises(CuoshiError, match="exit code 3: why"):
        run([sys.executable, "-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"])


def test_a_corpus_is_repeated_to_its_size(tmp_path: Path) -> None:
    articles = Repeated(corpus(tmp_path / "a.jsonl"))
    articles.write(tmp_path / "b.jsonl", 11)
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert len(rows) > len(TEXTS)
    assert [row["id"] for row in rows] == [str(i) for i in range(len(rows))]
    (tmp_path / "none.jsonl").write_text('{"text": ""}\n', encoding="utf-8")
    with pytest.raises(InputError):
        Repeated(tmp_path / "none.jsonl").write(tmp_path / "b.jsonl", 1)


@pytest.mark.slow
def test_the_whole_command(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    network = encoder(tmp_path / "network", "".join(TEXTS))
    tokenizer = AutoTokenizer.from_pretrained(network)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(network)
    options = ("--quick", "--network", network, "--json", tmp_path / "b.json")
    done = module("benchmarks", corpus(tmp_path / "a.jsonl"), *options)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "b.json").read_text("utf-8"))
    rows = {row["name"]: row for row in found["rows"]}
    assert len(rows) == len(found["rows"])
    for name, row in rows.items():
        assert f"| {name} | {row['unit']} |" in done.stdout
        assert row["every"] or row["one"] or "cascade" in name, row
    assert sum(r["every"] for n, r in rows.items() if n.startswith("share of time")) == (
        pytest.approx(100)
    )
    assert found["data"].startswith("4 sentences, 3 distinct, of ")
    assert done.stdout.rstrip().endswith("--quick: no measurement")


@pytest.mark.slow
def test_memory_of_two_sizes(tmp_path: Path) -> None:
    model = lexicon(tmp_path / "m")
    source = corpus(tmp_path / "a.jsonl")
    done = module("benchmarks.memory", source, "--model", model, "--sentences", 5, 20)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")][2:]
    counts = [int(line.split("|")[1]) for line in lines]
    assert len(counts) == 2
    assert counts[0] >= 5
    assert counts[1] >= 20


def test_data_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = module("benchmarks", tmp_path / "none.jsonl", "--quick")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
