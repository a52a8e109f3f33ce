"""An archive tagged in numbered shards, each complete or absent; the same command goes on.

A folder of shards holds `manifest.json`: what was tagged by what (digests of inputs and model,
versions, options), and for each finished shard its digest, its counts and what could not be read.
A shard appears under its name only when all of it is written, and after it the manifest that
lists it, so that a run killed at any moment loses at most the shard in work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from cuoshi import parquet
from cuoshi.errors import InputError, OutputError, without_errors
from cuoshi.reading import Article
from cuoshi.tagger import TaggedArticle
from cuoshi.writing import make_writer, whole_file

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20

Item = Article | InputError
Tag = Callable[[Iterable[Article]], Iterator[TaggedArticle | InputError]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes two runs the same.

    Attributes:
        inputs: paths, in order.
        made_by: whatever else decides the output: model, versions, options. JSON values.
        size: articles in a shard, those that cannot be read counted in.
        form: `jsonl` or `parquet`.
    """

    inputs: Sequence[str]
    made_by: Mapping[str, Any]
    size: int
    form: str


def tag_in_shards(plan: Plan, directory: Path, items: Iterable[Item], tag: Tag) -> list[str]:
    """Write the shards that are missing; what could not be read, of the whole run.

    Args:
        plan: of the run.
        directory: of the shards; made where it is missing.
        items: all articles of the inputs, in order, errors in the place of what is unreadable.
        tag: tags articles in order, errors in the place of what it cannot tag.

    Raises:
        OutputError: the folder holds another run's shards, or cannot be written.
    """
    manifest = _begin(plan, directory)
    shards: list[dict[str, Any]] = manifest["shards"]
    stream = iter(items)
    done = sum(shard["items"] for shard in shards)
    for _ in islice(stream, done):
        pass
    for first in stream:
        path = directory / f"part-{len(shards):05}.{plan.form}"
        batch = _Counted(chain([first], islice(stream, plan.size - 1)))
        failures: list[InputError] = []
        tagged = without_errors(tag(without_errors(batch, failures)), failures)
        sentences = _write(path, plan.form, tagged)
        shards.append(
            {
                "file": path.name,
                "sha256": _sha256(path),
                "items": batch.count,
                "sentences": sentences,
                "failures": [str(failure) for failure in failures],
            }
        )
        _save(directory, manifest)
    manifest["complete"] = True
    _save(directory, manifest)
    return [failure for shard in shards for failure in shard["failures"]]


class _Counted:
    """Items, counted as they are taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self.count = 0

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            self.count += 1
            yield item


def _begin(plan: Plan, directory: Path) -> dict[str, Any]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for left in (*directory.glob(".part-*"), *directory.glob(f".{MANIFEST}.*")):
            left.unlink()
    except OSError as error:
        raise OutputError(f"{directory}: {error.strerror}") from error
    wanted: dict[str, Any] = {
        "format": FORMAT,
        "made_by": dict(plan.made_by),
        "shard": {"size": plan.size, "format": plan.form},
        "inputs": [{"path": _shown(name), "sha256": _sha256(Path(name))} for name in plan.inputs],
    }
    path = directory / MANIFEST
    if not path.is_file():
        if any(directory.glob("part-*")):
            raise OutputError(f"{directory}: shards without a {MANIFEST}: name another folder")
        return {**wanted, "complete": False, "shards": []}
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        shards = found["shards"]
    except (OSError, ValueError, KeyError) as error:
        raise OutputError(f"{path}: not a manifest ({error})") from error
    for key, value in wanted.items():
        if found.get(key) != value:
            raise OutputError(
                f"{directory}: its shards were made with another {_changed(key, found, value)}; "
                "name another folder, or remove this one"
            )
    for shard in shards:
        if not (directory / shard["file"]).is_file():
            raise OutputError(f"{directory / shard['file']}: missing, though {MANIFEST} lists it")
        if _sha256(directory / shard["file"]) != shard["sha256"]:
            raise OutputError(f"{directory / shard['file']}: changed since it was written")
    return {**wanted, "complete": False, "shards": shards}


def _shown(name: str) -> str:
    """A file name, what is no character in it as an escape."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _changed(key: str, found: Mapping[str, Any], value: Any) -> str:
    """The part that differs, in words."""
    before = found.get(key)
    if key == "made_by" and isinstance(before, dict):
        return ", ".join(name for name in value if before.get(name) != value[name]) or "setting"
    if key == "inputs":
        return "input"
    return "shard size or format" if key == "shard" else key


def _write(path: Path, form: str, tagged: Iterable[TaggedArticle]) -> int:
    sentences = 0
    if form == "parquet":
        return parquet.write(path, tagged)
    with whole_file(path) as out:
        writer = make_writer(form, out, ())
        for article in tagged:
            writer.write(article)
            sentences += len(article.sentences)
    return sentences


def _save(directory: Path, manifest: Mapping[str, Any]) -> None:
    with whole_file(directory / MANIFEST) as out:
        out.write(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")


def _sha256(path: Path) -> str:
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                sha.update(chunk)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    return sha.hexdigest()
