from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cuoshi_train.evaluation.resampling import counts, f1, intervals, paired_test
from tests.outcomes import outcome

RNG = np.random.default_rng(3)
TRUTH = RNG.integers(0, 2, (200, 2))
NOISY = np.where(RNG.random((200, 2)) < 0.2, 1 - TRUTH, TRUTH)


def test_f1_of_counts_is_that_of_scikit_learn() -> None:
    one = outcome(TRUTH.tolist(), NOISY.tolist(), [str(i // 7) for i in range(200)])
    macro, micro = f1(counts(one).sum(0))
    assert macro == pytest.approx(f1_score(TRUTH, NOISY, average="macro"))
    assert micro == pytest.approx(f1_score(TRUTH, NOISY, average="micro"))


def test_the_interval_holds_the_figure_and_is_wider_over_fewer_documents() -> None:
    many = intervals(outcome(TRUTH.tolist(), NOISY.tolist()))["macro_f1"]
    right_first = np.vstack([TRUTH[:100], NOISY[100:]])
    few = outcome(TRUTH.tolist(), right_first.tolist(), ["a"] * 100 + ["b"] * 100)
    low, high = many
    assert low < f1_score(TRUTH, NOISY, average="macro") < high
    wide = intervals(few)["macro_f1"]
    assert wide[1] - wide[0] > high - low


def test_two_equal_models_do_not_differ_and_two_far_apart_do() -> None:
    good, bad = outcome(TRUTH.tolist(), TRUTH.tolist()), outcome(TRUTH.tolist(), NOISY.tolist())
    assert paired_test(bad, bad) == 1.0
    assert paired_test(bad, good) < 0.01


def test_a_paired_test_needs_the_same_sentences() -> None:
    from dataclasses import replace

    one = outcome([[1, 0]], [[1, 0]])
    with pytest.raises(ValueError, match="same sentences"):
        paired_test(one, replace(one, digest="1"))
