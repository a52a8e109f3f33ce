"""Paths, and a skip for what needs the real articles."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture
def articles() -> Path:
    return ROOT / "data" / "articles"


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, the real articles and corpus")
    return SHARED
