"""On what, with what, and from what data it was measured."""

from __future__ import annotations

import hashlib
import json
import platform
import random
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cuoshi.errors import InputError
from cuoshi.models.bert import processors

PACKAGES = ("cuoshi", "onnxruntime", "tokenizers", "numpy", "transformers", "torch")
PAGE = 20
"""Sentences of a page that is made of them."""


def machine() -> str:
    """Processor, cores, and the flags that decide the speed of int8 products."""
    name, flags = platform.processor() or platform.machine(), set[str]()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() in ("flags", "Features"):
                flags = set(value.split())
    known = sorted(f for f in flags if any(x in f for x in ("vnni", "avx512", "amx", "dotprod")))
    return f"{name}, {processors()} cores, {' '.join(known) or 'no vnni or avx512'}"


def versions() -> str:
    """Of Python and the packages that are there."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_sentences(path: Path, count: int) -> list[str]:
    """The first sentences of a JSONL file, each the field `text`.

    Raises:
        InputError: it cannot be read, or has none.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        texts = [str(json.loads(line)["text"]) for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: {error}") from error
    if not texts:
        raise InputError(f"{path}: no sentences")
    return texts[:count]


def spread(sentences: Sequence[str], count: int) -> list[str]:
    """A sample whose lengths are spread as those of all, in random order."""
    by_length = sorted(sentences, key=len)
    count = min(count, len(by_length))
    step = len(by_length) / count
    found = [by_length[int((i + 0.5) * step)] for i in range(count)]
    random.Random(1).shuffle(found)
    return found


def write_pages(sentences: Sequence[str], path: Path) -> Path:
    """The sentences as articles, a paragraph each."""
    with path.open("w", encoding="utf-8") as out:
        for at in range(0, len(sentences), PAGE):
            text = "\n".join(sentences[at : at + PAGE])
            out.write(json.dumps({"id": str(at), "text": text}, ensure_ascii=False) + "\n")
    return path
