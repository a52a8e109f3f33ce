"""Paths, and a skip for what needs the real articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuoshi_train.rebuild import rebuild

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture
def articles() -> Path:
    return ROOT / "data" / "articles"


@pytest.fixture(scope="session")
def rebuilt() -> Path:
    """The real sentences with their texts, made once where the corpus is there."""
    corpus = SHARED / "corpus" / "domain.jsonl.gz"
    folder = ROOT / "data" / "rebuilt"
    if not corpus.is_file():
        pytest.skip("needs ../shared, the real articles and corpus")
    done = rebuild(ROOT / "data" / "real", corpus, folder)
    assert done.missing == ()
    return folder


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, the real articles and corpus")
    return SHARED
