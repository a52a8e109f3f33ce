"""Real sentences from their keys and a local copy: ``cuoshi data rebuild --corpus PATH``.

The copy is a corpus file (JSONL with repo, path, doc and text, also .gz), or a folder with clones
of the public repositories (`FOLDER/OWNER/NAME` or `FOLDER/NAME`). In a corpus file a sentence is
found by its characters, so no rule of splitting matters; in a clone, by its digest among all
sentences of the file.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cuoshi.articles import clean_article
from cuoshi.cleaning import clean_characters
from cuoshi.errors import InputError
from cuoshi.origins import Text
from cuoshi.reading import Article
from cuoshi.writing import whole_file
from cuoshi_train.dataset import SPLITS
from cuoshi_train.keys import Key, read_keys, sha1

Find = Callable[[Key], str | None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it: sentences written, sentences asked for, and a line for each gap."""

    found: int
    wanted: int
    missing: tuple[str, ...]


def rebuild(keys: Path, corpus: Path, output: Path) -> Rebuilt:
    """Write ``output/SPLIT.jsonl`` for every ``keys/SPLIT.jsonl``, each whole.

    Raises:
        InputError: the keys or the corpus cannot be read.
    """
    rows = {split: read_keys(keys / f"{split}.jsonl") for split in SPLITS}
    everything = [key for split in rows.values() for key in split]
    find = _in_clones(corpus) if corpus.is_dir() else _in_corpus(corpus, everything)
    output.mkdir(parents=True, exist_ok=True)
    found = 0
    gaps: dict[str, int] = defaultdict(int)
    for split, part in rows.items():
        with whole_file(output / f"{split}.jsonl") as out:
            for key in part:
                text = find(key)
                if text is None:
                    gaps[f"{key.repo} {key.path} document {key.doc}"] += 1
                    continue
                found += 1
                row = {"text": text, **key.row, "doc": key.doc}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    missing = tuple(f"{where}: {n} sentences not found" for where, n in gaps.items())
    return Rebuilt(found, len(everything), missing)


def _in_corpus(path: Path, keys: Sequence[Key]) -> Find:
    wanted = {(key.repo, key.path, key.doc) for key in keys}
    documents: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    data = json.loads(line)
                    place = (data["repo"], data["path"], data["doc"])
                    if place in wanted:
                        documents[place].append(data["text"])
                except (ValueError, KeyError, TypeError) as error:
                    raise InputError(f"{path}: line {number}: no document ({error})") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error

    def find(key: Key) -> str | None:
        for document in documents[key.repo, key.path, key.doc]:
            text = clean_characters(Text.of(document[key.start : key.end]))[0].strip().string
            if sha1(text) == key.sha1:
                return text
        return None

    return find


def _in_clones(folder: Path) -> Find:
    known: dict[tuple[str, str], dict[str, str]] = {}

    def find(key: Key) -> str | None:
        place = (key.repo, key.path)
        if place not in known:
            names = (key.repo, key.repo.split("/")[-1])
            files = [folder / name / key.path for name in names]
            there = [file for file in files if file.is_file()]
            known[place] = dict(_digests(there[0])) if there else {}
        return known[place].get(key.sha1)

    return find


def _digests(path: Path) -> Iterator[tuple[str, str]]:
    """Digest and text of every sentence in a file of a repository."""
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".json":
        strings: Iterable[str] = _strings(json.loads(text))
    elif path.suffix in {".csv", ".tsv"}:
        rows = csv.reader(text.splitlines(True), delimiter="," if path.suffix == ".csv" else "\t")
        strings = (cell for row in rows for cell in row)
    else:
        strings = [text]
    for string in strings:
        for sentence in clean_article(Article("", "", string)).sentences():
            yield sha1(sentence.text.string), sentence.text.string


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
