"""Input made to hurt: bounded time and memory, one line of error, nothing done is lost."""

from __future__ import annotations

import gzip
import json
import logging
import os
import socket
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cuoshi.articles import clean_article
from cuoshi.cleaning import clean, slip
from cuoshi.cleaning.slip import SLIPS
from cuoshi.decoding import decode
from cuoshi.errors import InputError, ModelError
from cuoshi.modeldir import FILE, load_manifest, save_manifest
from cuoshi.models import load_model
from cuoshi.origins import Text
from cuoshi.reading import Article, find_inputs, read_articles
from cuoshi.tables import rows
from tests.models import lexicon, linear, manifest

SECONDS = 20.0
"""Of processor time, for what takes less than two where nothing is wrong."""


def cuoshi(*arguments: object, stdout: str | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cuoshi", *map(str, arguments)]
    if stdout is None:
        return subprocess.run(command, capture_output=True, check=False, timeout=300)
    with Path(stdout).open("wb") as out:
        return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False, timeout=300)


def said(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stderr.decode("utf-8").splitlines()


def found(name: object, **options: str) -> list[Article | InputError]:
    return list(read_articles(str(name), **options))


def errors(name: object, **options: str) -> list[str]:
    messages = [str(item) for item in found(name, **options) if isinstance(item, InputError)]
    assert all(message.isprintable() for message in messages), messages
    return messages


def texts(name: object, **options: str) -> list[str]:
    return [item.text for item in found(name, **options) if isinstance(item, Article)]


def sentences(text: str, html: bool = False) -> list[str]:
    """Sentences of a hostile text, in bounded time."""
    begun = time.process_time()
    article = clean_article(Article("x", "x", text, html=html))
    result = [sentence.text.string for sentence in article.sentences()]
    assert time.process_time() - begun < SECONDS
    return result


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Limits of a thousandth, so that tests of them are fast."""
    monkeypatch.setattr("cuoshi.reading.LARGEST", 1 << 18)
    monkeypatch.setattr("cuoshi.tables.LONGEST", 1 << 16)
    monkeypatch.setattr("cuoshi.tables.SAMPLE", 1 << 10)
    return 1 << 18


# 1, 2: more than memory holds


@pytest.mark.parametrize("byte", [b"a", b"\0", b" ", b"[", b'"', b","])
@pytest.mark.parametrize("kind", [".txt.gz", ".jsonl.gz", ".csv.gz", ".txt", ".jsonl", ".tsv"])
def test_bombs_and_lines_without_end(tmp_path: Path, small: int, kind: str, byte: bytes) -> None:
    path = tmp_path / f"bomb{kind}"
    data = byte * (small * 64)
    path.write_bytes(gzip.compress(data) if kind.endswith(".gz") else data)
    tracemalloc.start()
    messages = errors(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(messages) == 1
    assert messages[0].startswith(str(path))
    assert peak < 12 * small


def test_a_long_line_loses_no_other_line(tmp_path: Path, small: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲"}\n' + "x" * (small * 8) + '\n{"text": "乙"}\n', "utf-8")
    assert texts(path) == ["甲", "乙"]
    assert "line 2: longer than" in errors(path)[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".txt", ".jsonl", ".csv"])
def test_a_line_of_200_megabytes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"long{kind}"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"a" * (1 << 20))
    items = found(path)
    assert len(items) == 1
    assert isinstance(items[0], Article) == (kind == ".txt")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".txt.gz", ".jsonl.gz", ".csv.gz"])
def test_a_bomb_of_its_true_size(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bomb{kind}"
    with gzip.open(path, "wb") as file:
        for _ in range(400):
            file.write(b"a" * (1 << 20))
    (message,) = errors(path)
    assert path.stat().st_size < 1 << 20
    assert message.startswith(str(path))


# 3, 6: pages made to take long, and characters that are none

N = 4000
HOSTILE = {
    "false slips": "確?茖W消" * N,
    "false slips of one mark": "?地全面開展核酸檢測工作，認真" * N,
    "long runs": ("?" + "茖學殺" * 300) * 40,
    "lost characters": "\ufffd中" * N,
    "readings": "?qǐng)?bào)中" * N,
    "mojibake": "å¤§å®¶å¥½ \xc3?" * N,
    "links and commas": "http://a.cn " * N + "中," * N,
    "titles and ends": "《中》。" * N,
    "items": "中1." * (10 * N),
    "a word and a brace": "a" * 300 + " {",
    "words and a brace": ("a" * 59 + "  x  ") * N + "{",
    "colons": ("a{" + ":" * 900) * 40,
    "entities": "&" + "amp;" * N + "lt;<b>&lt;" * N,
    "comments": "<!--" * N,
    "scripts": "<script " * N,
    "spaces": "<a" + " " * N + "<",
    "teasers": "推荐阅读\n中国人\n" * N,
    "brackets": "(" * N + "中",
}
PAGES = {
    "nested": "<div>" * 10_000 + "检测。" + "</div>" * 10_000,
    "never closed": "<font><b>" * N,
    "a long tag": "<" + "a-" * (2 * N),
    "open scripts": "<script " * N,
    "quotes": "<a \"'" * N,
    "tables": "<table><tr><td>" * N,
    "comments": "<!--" * N,
    "references": "&#x10FFFF;&#0;&#xD800;&#99999999;" * N,
    "nothing": "\0" * 9,
    "surrogates": "<p>检测\ud800\udc00。</p><p>\udfff</p>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name: str) -> None:
    assert sentences(HOSTILE[name])


@pytest.mark.parametrize("name", PAGES)
def test_no_page_takes_long(name: str) -> None:
    sentences("<html><body>" + PAGES[name], html=True)


def test_a_page_that_breaks_trafilatura_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("trafilatura.extract", broken)
    assert sentences("<html><p>检测。</p>", html=True) == ["检测。"]
    monkeypatch.setattr("cuoshi.markup.LARGEST", 5)
    assert sentences("<html><p>检测。</p>", html=True) == ["检测。"]


def test_slips_beyond_the_budget_are_left_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = "確?茖W消殺、全面消殺。\n" * 50
    assert clean(page).text.string.count("确保科学消杀") == 1  # the other lines are copies
    assert SLIPS.apply(Text.of(page))[0].string.count("保科学") == 50
    assert not caplog.records
    monkeypatch.setattr(slip.Budget.__init__, "__defaults__", (slip.TRY * 10,))
    with caplog.at_level(logging.WARNING):
        mended = SLIPS.apply(Text.of(page))[0].string
    assert 5 <= mended.count("保科学") < 10
    assert mended.endswith("確?茖W消殺、全面消殺。\n")
    (told,) = caplog.records
    assert "left as they are" in told.getMessage()


def test_a_million_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n" * 1_000_000 + "检测。", "utf-8")
    assert sentences(texts(path)[0]) == ["检测。"]
    path.write_text("\n" * 1_000_000, "utf-8")
    assert errors(path) == [f"{path}: empty"]
    path = path.with_suffix(".jsonl")
    path.write_text("\n" * 1_000_000 + '{"text": "甲"}', "utf-8")
    assert texts(path) == ["甲"]


def test_every_character_comes_out_as_valid_json(tmp_path: Path) -> None:
    every = "".join(map(chr, range(0, 0x110000, 7)))
    strange = ["检\ud800测", "\u202e检测\u2066。\u202c", "检\0测", "\udc80", every]
    lines = [json.dumps({"id": f"{i}\ud800\n\0", "text": t}) for i, t in enumerate(strange)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    model = lexicon(tmp_path / "m")
    for form in ("jsonl", "csv", "table"):
        out = tmp_path / f"out.{form}"
        done = cuoshi("predict", path, "--model", model, "--format", form, "-o", out)
        assert (done.returncode, done.stderr) == (0, b"")
        assert out.read_text("utf-8")
    records = [
        json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").split("\n") if line
    ]
    assert [r["text"] for r in records[:3]] == ["检测", "检测。", "检测"]


# 4: what lies in a folder


def test_what_is_in_a_folder_neither_blocks_nor_breaks(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "x.txt").mkdir(parents=True)
    (folder / "x.txt" / "good.txt").write_text("检测。", "utf-8")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "gone.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.bind(str(folder / "socket.txt"))
        except OSError:
            pytest.skip("a path too long for a socket")
        assert list(find_inputs([str(folder)])) == [str(folder / "x.txt" / "good.txt")]
        named = [str(folder / n) for n in ("self.txt", "gone.txt", "pipe.txt", "socket.txt")]
        messages = [str(item) for item in find_inputs([*named, "/dev/zero", "a" * 5000, "a\0b"])]
    assert all(isinstance(item, InputError) for item in find_inputs(named))
    assert ["neither" in message for message in messages] == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert all(message.isprintable() and len(message) < 400 for message in messages)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root ignores modes")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("检测。", "utf-8")
    path.chmod(0)
    assert errors(path) == [f"{path}: Permission denied"]


# 5: files that change, disks that are full


def test_what_goes_or_shrinks_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲"}\n' * 300_000, "utf-8")
    items = read_articles(str(path))
    assert isinstance(next(items), Article)
    path.write_text("", "utf-8")
    rest = list(items)
    assert len(rest) < 300_000
    assert all(isinstance(item, Article) for item in rest[:-1])
    (name,) = find_inputs([str(path)])
    path.unlink()
    assert errors(name) == [f"{path}: No such file or directory"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("to_file", [False, True])
def test_a_full_disk_is_one_line(tmp_path: Path, to_file: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_text("检测。\n隔离。\n", "utf-8")
    options = ["predict", path, "--model", lexicon(tmp_path / "m")]
    done = cuoshi(*options, "-o", "/dev/full") if to_file else cuoshi(*options, stdout="/dev/full")
    assert done.returncode == 1
    (line,) = said(done)
    assert line.startswith("error: ")
    assert "No space left" in line
    assert Path("/dev/full").is_char_device()


def test_a_failed_run_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cuoshi.errors import OutputError
    from cuoshi.writing import whole_file

    path = tmp_path / "out.jsonl"
    path.write_text("before", "utf-8")

    def written() -> None:
        with whole_file(path) as out:
            out.write("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        written()
    assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl"]
    assert path.read_text("utf-8") == "before"


# 7: tables


@pytest.mark.parametrize("kind", [".csv", ".tsv"])
def test_damaged_tables(tmp_path: Path, kind: str, small: int) -> None:
    path = tmp_path / f"a{kind}"
    comma = "," if kind == ".csv" else "\t"
    path.write_text(
        f"id{comma}text\n1{comma}甲\0乙\n2{comma}丙{comma}more{comma}more\n3\n\n4{comma}丁\n",
        "utf-8",
    )
    assert texts(path) == ["甲\0乙", "丙", "丁"]
    assert len(errors(path)) == 1
    path.write_text(f'id{comma}text\n1{comma}甲\n2{comma}"乙\n' + "x\n" * small, "utf-8")
    assert texts(path) == ["甲"]
    assert "line" in errors(path)[0]
    path.write_text(comma.join("c" for _ in range(11_000)) + "\n", "utf-8")
    assert "columns" in errors(path)[0]
    path.write_text(comma.join(f'"c\n{i}"' for i in range(9_000)) + "\n1\n", "utf-8")
    (message,) = errors(path)
    assert len(message) < 1000


def test_hostile_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    deep = "[" * 900 + "]" * 900
    lines = [
        "[" * 100_000,
        '{"text": ' * 100_000,
        f'{{"text": "甲", "id": {"9" * 10_000}}}',
        f'{{"text": "乙", "id": {deep}}}',
        '{"text": "no", "text": "丙", "id": 1e999}',
        '{"text": NaN}',
        '{"te\\nxt\\u0000": 1}',
        '{"text": "丁"}',
    ]
    path.write_text("\n".join(lines), "utf-8")
    good = texts(path)
    assert [text for text in good if text != "乙"] == ["丙", "丁"]
    messages = errors(path)
    assert len(messages) + len(good) == len(lines)
    assert all(len(message) < 1000 for message in messages)


def test_parquet_garbage(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": ["检测。"] * 99}), path)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    damaged = [b"", b"PAR1", b"PAR1" * 99, whole[:-9], whole[9:]]
    for _ in range(60):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 4).tolist():
            data[at] = int(rng.integers(256))
        damaged.append(bytes(data))
    for data in damaged:
        path.write_bytes(data)
        for row in rows(str(path), ".parquet"):
            assert not isinstance(row, InputError) or str(row).startswith(str(path))


# 8: models from elsewhere


class Attack:
    """Pickled, it writes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return os.mkdir, (str(self.path),)


def test_no_pickle_is_read(tmp_path: Path) -> None:
    directory = linear(tmp_path / "m")
    held = np.array([Attack(tmp_path / "run")], dtype=object)
    np.savez(directory / "weights.npz", idf=np.ones(3), weights=held, bias=np.ones(2))
    save_manifest(directory, manifest("linear", longest=2, least=1))
    with pytest.raises(ModelError, match="not a linear model"):
        load_model(directory)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", "a/../../b", "", "a\0b"])
def test_files_outside_are_refused(tmp_path: Path, name: str) -> None:
    directory = lexicon(tmp_path / "m")
    data = json.loads((directory / FILE).read_text("utf-8"))
    data["files"] = {name: "0"}
    (directory / FILE).write_text(json.dumps(data), "utf-8")
    with pytest.raises(ModelError):
        load_manifest(directory)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "1", '{"format": []}', "\ud800", ""])
def test_no_manifest_breaks_it(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelError):
        load_manifest(tmp_path)


@pytest.mark.parametrize("options", [5, None, [], "x"])
def test_options_of_another_type(tmp_path: Path, options: object) -> None:
    directory = linear(tmp_path / "m")
    data = json.loads((directory / FILE).read_text("utf-8"))
    (directory / FILE).write_text(json.dumps({**data, "options": options}), "utf-8")
    with pytest.raises(ModelError):
        load_model(directory)


@pytest.mark.parametrize("place", ["../secret", "{root}/secret", "link"])
def test_a_graph_reads_nothing_outside_its_folder(tmp_path: Path, place: str) -> None:
    onnx = pytest.importorskip("onnx")
    directory = tmp_path / "m"
    directory.mkdir()
    (tmp_path / "secret").write_bytes(b"\0" * 16)
    if place == "link":
        (directory / "link").symlink_to(tmp_path / "secret")
    weights = onnx.TensorProto(name="w", data_type=1, dims=[4], data_location=1)
    for key, value in (("location", place.format(root=tmp_path)), ("length", "16")):
        weights.external_data.add(key=key, value=value)
    x, y = (onnx.helper.make_tensor_value_info(name, 1, [4]) for name in "xy")
    add = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([add], "g", [x], [y], [weights])
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
    )
    (directory / "model.onnx").write_bytes(model.SerializeToString())
    (directory / "tokenizer.json").write_text("{}")
    save_manifest(directory, manifest("bert", temperature=1, longest=9, evidence=0))
    with pytest.raises(ModelError, match=r"[Ee]xternal data"):
        load_model(directory)


# Random bytes: whatever they are, an InputError or sentences that lie in the input, in order.

BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            [
                *(
                    text.encode()
                    for text in (
                        "检测。",
                        "確?茖W消",
                        "日?qǐng)?bào)",
                        "《中",
                        "å¤§å®¶",
                        "一、",
                        "，,",
                        "\u202e\u200b",
                    )
                ),
                *(text.encode("gb18030") for text in ("检测。", "嚴格隔離", "？")),
                *(text.encode("big5") for text in ("檢測。", "隔離")),
                *b"\0 \n\r<>&;?\xff\xfe\x80(){}[]|\"',".split(b"|"),
                *(
                    b"<html>",
                    b"<p>",
                    b"</p>",
                    b"<script",
                    b"<!--",
                    b"&#x41;",
                    b"&#xd800;",
                    b"<?xml ",
                    b"<table><tr><td>",
                ),
                *(
                    b"\xef\xbb\xbf",
                    b"\xff\xfe",
                    b"\xfe\xff",
                    b"\xed\xa0\x80",
                    b"\xf4\x90\x80\x80",
                    b"\x1f\x8b",
                    b'charset="hz"',
                    b"charset=utf-16",
                ),
                *(b'{"text": "', b'"}\n', b"text\n", b"\\ud800", b"1e9"),
            ]
        ),
        max_size=40,
    ).map(b"".join),
)
KINDS = st.sampled_from([".txt", ".html", ".jsonl", ".csv", ".tsv", ".txt.gz", ".jsonl.gz"])
FUZZ = float(os.environ.get("CUOSHI_FUZZ_SECONDS", "0"))
"""With CUOSHI_FUZZ_SECONDS=600 the fuzz test goes on for so long."""


def survives(data: bytes, kind: str, folder: Path) -> None:
    """Read, clean and split: what must hold of any bytes."""
    path = folder / f"fuzz{kind}"
    path.write_bytes(gzip.compress(data) if kind.endswith(".gz") and len(data) % 5 else data)
    for item in found(path):
        if isinstance(item, InputError):
            assert str(path) in str(item)
            continue
        last = (0, 0)
        for sentence in clean_article(item).sentences():
            text = sentence.text
            assert text.string.strip()
            text.string.encode("utf-8")
            assert (np.diff(text.starts) >= 0).all()
            assert (np.diff(text.ends) >= 0).all()
            assert (text.starts < text.ends).all()
            span = text.span(0, len(text))
            assert last <= span
            assert 0 <= span[0] < span[1] <= len(item.text)
            last = span


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def seeds() -> Iterator[int]:
    """One, or as many as the time allows."""
    begun = time.monotonic()
    yield 0
    while time.monotonic() - begun < FUZZ:
        yield 0


def test_fuzz(folder: Path) -> None:
    tried = sum(fuzz(folder) for _ in seeds())
    print(f"{tried} inputs")  # -s shows it


def fuzz(folder: Path) -> int:
    """How many inputs were tried."""
    tried = 0

    @settings(
        max_examples=150,
        deadline=None,
        derandomize=not FUZZ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(BYTES, KINDS)
    @example(b"", ".txt")
    @example(b"<html>\0", ".html")
    @example(b'{"text": "\\ud800<html>"}', ".jsonl")
    @example(b"\xff\xfe", ".csv")
    @example(b"\x1f\x8b", ".txt.gz")
    def once(data: bytes, kind: str) -> None:
        nonlocal tried
        tried += 1
        survives(data, kind, folder)

    once()
    return tried


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.booleans())
def test_bytes_decode_or_are_an_input_error(data: bytes, markup: bool) -> None:
    try:
        text, _ = decode(data, "x", markup)
    except InputError:
        return
    assert len(text) <= len(data)


def test_a_damaged_gzip_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    whole = gzip.compress("检测。".encode() * 999)
    for data in (
        whole[:20],
        whole[:-4],
        whole[:12] + zlib.compress(b"x") + whole[20:],
        b"\x1f\x8b\x08",
    ):
        path.write_bytes(data)
        assert len(errors(path)) == 1
