"""The floors under the shipped model's figures hold, and a harmed model falls through them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cuoshi.modeldir import find, load_manifest, save_manifest
from cuoshi_train.evaluation.gate import failures, read_floors
from cuoshi_train.evaluation.quality import measure, model_digest
from tests.conftest import ROOT, SHARED

FLOORS = ROOT / "tests" / "quality" / "floors.toml"
BEHAVIOUR = ROOT / "tests" / "behaviour"


def data() -> dict[str, Path]:
    return {name: ROOT / "data" / name / "test.jsonl" for name in ("written", "rebuilt")}


def test_the_floors_are_of_the_shipped_model() -> None:
    floors = read_floors(FLOORS)
    assert floors.model == model_digest("default")
    assert {"written macro F1", "rebuilt macro F1", "articles macro F1"} <= set(floors.floors)
    assert {"written macro F1 with all noise", "rebuilt macro F1 with the worst noise"} <= set(
        floors.floors
    )
    assert {name for name in floors.floors if name.startswith("behaviour")}


@pytest.mark.slow
def test_the_shipped_model_stands_on_its_floors(request: pytest.FixtureRequest) -> None:
    if SHARED.is_dir():
        request.getfixturevalue("rebuilt")
    gold = ROOT / "data" / "gold" / "articles.jsonl"
    figures, digests = measure("default", data(), BEHAVIOUR, SHARED / "articles", gold)
    floors = read_floors(FLOORS)
    assert failures(floors, figures) == []
    assert {name: floors.data[name] for name in digests} == digests


@pytest.mark.slow
def test_a_harmed_model_falls_through(tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    shutil.copytree(find("baseline"), harmed)
    manifest = load_manifest(harmed)
    with np.load(harmed / "weights.npz") as arrays:
        weights = dict(arrays)
    weights["weights"] = weights["weights"][::-1]  # each label with another's weights
    np.savez_compressed(harmed / "weights.npz", **weights)
    save_manifest(harmed, manifest)
    written = {"written": data()["written"]}
    figures, _ = measure(str(harmed), written, BEHAVIOUR)
    failed = failures(read_floors(FLOORS), figures)
    assert any(line.startswith("written macro F1") for line in failed)
    assert any(line.startswith("behaviour minimum") for line in failed)
    assert any(line.startswith("written macro F1 with all noise") for line in failed)


def test_every_floor_has_a_digest_of_its_data() -> None:
    floors = read_floors(FLOORS)
    for name in floors.floors:
        assert name.split()[0] in floors.data, name
    assert all(len(digest) == 64 for digest in floors.data.values())
    assert json.dumps(list(floors.lowered))
