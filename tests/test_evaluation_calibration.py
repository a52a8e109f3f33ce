from __future__ import annotations

import numpy as np
import pytest

from cuoshi_train.evaluation.calibration import calibration, coverage
from tests.outcomes import outcome


def test_scores_that_mean_what_they_say_have_no_error() -> None:
    truth = [[1, 0]] * 3 + [[0, 0]] * 7
    scores = [[0.3, 0.0]] * 10
    found = calibration(outcome(truth, [[0, 0]] * 10, scores=scores))
    assert found["ece"] == pytest.approx(0, abs=1e-9)


def test_overconfidence_is_the_error() -> None:
    truth = [[1, 0], [0, 0]] * 5
    found = calibration(outcome(truth, [[1, 0]] * 10, scores=[[0.9, 0.0]] * 10))
    assert found["ece"] == pytest.approx(0.4 / 2)
    assert found["curve"][-1] == {
        "score": pytest.approx(0.9),
        "share": pytest.approx(0.5),
        "pairs": 10,
    }


def test_leaving_the_unsure_out_lowers_the_risk() -> None:
    scores = np.full((100, 2), 0.01)
    scores[:10, 0] = 0.51  # unsure, and wrong
    guesses = (scores > 0.5).astype(int)
    found = coverage(
        outcome(np.zeros((100, 2), int).tolist(), guesses.tolist(), scores=scores.tolist())
    )
    assert found[0] == {"coverage": 1.0, "wrong": pytest.approx(0.1)}
    assert found[-2] == {"coverage": 0.9, "wrong": 0.0}
