from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cuoshi import ray as on_ray
from cuoshi.cli import app
from cuoshi.errors import CuoshiError, InputError
from cuoshi.ray.workers import Columns, Worker, made_by
from cuoshi.reading import Article, read_articles
from cuoshi.tagger import Tagger
from cuoshi.writing import JsonlWriter
from tests.models import lexicon

RUNNER = CliRunner()
WHY = "needs the extra ray: pip install 'cuoshi[ray]'"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A cluster of two workers on this machine, and its address."""
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_raylet_start_wait_time_s="300")
    ray = pytest.importorskip("ray", reason=WHY)
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


def rows(path: Path, count: int) -> Path:
    lines = [
        json.dumps({"text": f"第{i}天，门前有红花。\ud800抬头是蓝天{'云' * (i % 7)}。"})
        for i in range(count)
    ]
    lines[count // 2] = "no json"
    lines.append(json.dumps({"id": "=1+1", "text": "  "}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cuoshi", "predict", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def workers(of: int) -> list[int]:
    """The processes that tag, among those that a process has started."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            names[int(folder.name)] = (folder / "cmdline").read_bytes()
            status = (folder / "stat").read_text(errors="replace")
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it has just ended

    def ours(pid: int) -> bool:
        while pid in parents and pid != of:
            pid = parents[pid]
        return pid == of

    return [pid for pid, name in names.items() if name.startswith(b"ray::MapWorker") and ours(pid)]


def test_without_the_extra_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(CuoshiError, match=r"pip install 'cuoshi\[ray\]'"), on_ray.cluster():
        pass


def test_what_does_not_fit_the_engine_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "a.txt"
    page.write_text("红花。", encoding="utf-8")
    for options in (("--address", "head:6379"), ("--engine", "ray", "--format", "table")):
        assert RUNNER.invoke(app, ["predict", str(page), *options]).exit_code == 2


def test_articles_go_out_in_runs_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(on_ray, "LONGEST_RUN", 70)
    monkeypatch.setattr(on_ray, "LARGEST_RUN", 3000)
    articles = [Article(str(i), "", "红花") for i in range(100)]
    articles.append(Article("large", "", "云" * 1000))
    articles.append(Article("last", "", "红花"))
    runs = [[table.num_rows for table in run] for run in on_ray._runs(articles)]
    assert runs == [[32, 32, 6], [31], [1]]
    assert list(on_ray._runs([])) == []


@pytest.mark.slow
def test_a_cluster_started_here_writes_what_one_process_writes(
    tmp_path: Path, articles: Path
) -> None:
    pytest.importorskip("ray", reason=WHY)
    inputs = (articles, rows(tmp_path / "rows.jsonl", 70), tmp_path / "none.txt")
    local = run(*inputs, "-o", tmp_path / "local.jsonl")
    distributed = run(*inputs, "-o", tmp_path / "ray.jsonl", "--engine", "ray")
    assert distributed.stderr == local.stderr
    assert distributed.stderr.count("\n") == 2
    assert (distributed.returncode, distributed.stdout) == (1, "")
    assert (tmp_path / "ray.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_formats_are_the_same_too(tmp_path: Path, cluster: str, form: str) -> None:
    source, model = rows(tmp_path / "rows.jsonl", 70), lexicon(tmp_path / "m")
    options = ["predict", str(source), "--model", str(model), "--format", form]
    for engine in ("local", "ray"):
        done = RUNNER.invoke(app, [*options, "-o", str(tmp_path / engine), "--engine", engine])
        assert done.exit_code == 1, done.output
    assert (tmp_path / "ray").read_bytes() == (tmp_path / "local").read_bytes()


@pytest.mark.slow
def test_shards_begun_here_go_on_there(tmp_path: Path, cluster: str) -> None:
    source, model = rows(tmp_path / "rows.jsonl", 70), lexicon(tmp_path / "m")
    options = (source, "--model", model, "--shards", 30)
    run(*options, "-o", tmp_path / "local")
    there = ("-o", tmp_path / "ray", "--engine", "ray", "--address", cluster)
    done = run(*options, *there)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    for path in (tmp_path / "local").iterdir():
        assert (tmp_path / "ray" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc")
def test_a_worker_that_is_killed_costs_nothing(
    tmp_path: Path, articles: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "BATCH", 8)
    source = [
        Article(str(i), "", f"第{i}天，全县开展核酸检测，封闭管理{i}个小区。") for i in range(400)
    ]
    for path in sorted(articles.iterdir()):
        source += [item for item in read_articles(str(path)) if isinstance(item, Article)]
    expected, found = io.StringIO(), io.StringIO()
    for article in Tagger().tag_articles(source):
        JsonlWriter(expected).write(article)
    killed: list[int] = []
    for result in on_ray.tag_articles(source):
        if not killed:
            killed = workers(os.getpid())[:1]
            os.kill(killed[0], signal.SIGKILL)
        assert not isinstance(result, InputError)
        JsonlWriter(found).write(result)
    assert killed
    assert found.getvalue() == expected.getvalue()


@pytest.mark.slow
def test_what_is_no_text_is_a_row_with_its_error(tmp_path: Path, cluster: str) -> None:
    ray = pytest.importorskip("ray", reason=WHY)
    model = lexicon(tmp_path / "m")
    dataset = ray.data.from_items(
        [{"no": 1, "body": "红花。"}, {"no": 2, "body": None}, {"no": 3, "body": "蓝天。"}]
    )
    tagged = on_ray.tag(dataset, model=model, text_column="body", id_column="no", only=["blue"])
    found = {row["article"]: row for row in tagged.take_all()}
    assert found["2"]["error"] == "column 'body' holds no text"
    assert found["2"]["labels"] is None
    assert {ident: found[ident]["labels"] for ident in "13"} == {"1": [], "3": ["blue"]}
    assert found["3"]["error"] is None


def test_a_text_that_breaks_the_tagger_spares_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    model = lexicon(tmp_path / "m")
    worker = Worker(
        made_by(model, {}),
        Columns("text", None, None),
        "article",
        str(model),
        1,
        {},
    )

    def break_at(self: Tagger, article: Article, unit: str) -> object:
        if "云" in article.text:
            raise RecursionError("too deep\nby far")
        return ready(self, article, unit)

    ready = Tagger._ready
    monkeypatch.setattr(Tagger, "_ready", break_at)
    rows = worker(pyarrow.table({"id": ["a", "b"], "text": ["云", "红花"]})).to_pylist()
    assert [(row["article"], row["error"], row["labels"]) for row in rows] == [
        ("a", "cannot be tagged (RecursionError: too deep)", None),
        ("b", None, ["red"]),
    ]
    (bad, good) = on_ray._articles(rows)
    assert str(bad) == "a: cannot be tagged (RecursionError: too deep)"
    assert good.sentences[0].labels == ("red",)


@pytest.mark.slow
def test_a_worker_with_another_model_stops_the_run_in_one_line(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "made_by", lambda model, options: {"cuoshi": "0", "model": "m"})
    with pytest.raises(CuoshiError, match=r"^a worker has another cuoshi: .*, not 0$"):
        list(on_ray.tag_articles([Article("a", "", "红花")], model="lexicon"))


def test_where_no_cluster_is_it_says_so_at_once(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=WHY)
    source, model = rows(tmp_path / "rows.jsonl", 2), lexicon(tmp_path / "m")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    done = run(source, "--model", model, "--engine", "ray", "--address", address)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"error: ray: no cluster at {address}")
