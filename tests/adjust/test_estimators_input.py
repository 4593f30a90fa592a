"""Logits, labels and counts of every kind that estimators take."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
)
from tests.adjust.estimators import ALL, COUNTS, X, Y, fitted, long_tail, needs, strengths


@pytest.mark.parametrize("kind", ALL)
def test_float32_logits_are_judged_as_the_float64_numbers_they_are(kind):
    single = X.astype(np.float32)
    adjuster = fitted(kind, logits=single)
    same = fitted(kind, logits=single.astype(np.float64))
    assert adjuster.decision_function(single).dtype == np.float64
    np.testing.assert_array_equal(
        adjuster.decision_function(single), same.decision_function(single.astype(np.float64))
    )


@pytest.mark.parametrize("kind", ALL)
def test_input_may_be_read_only_and_is_never_changed(kind):
    logits, labels, counts = X.copy(), Y.copy(), COUNTS.copy()
    for array in (logits, labels, counts):
        array.flags.writeable = False
    tuned = kind(**dict.fromkeys(strengths(kind), "auto"))
    tuned.fit(logits, labels, **(needs(kind) | {"class_counts": counts})).predict(logits)
    np.testing.assert_array_equal(logits, X)
    np.testing.assert_array_equal(labels, Y)


def test_lists_and_small_integers_will_do():
    adjuster = MultiplicativeLogitAdjustment("auto").fit(
        [[2, 1], [1, 2], [3, 1]], [0, 1, 1], class_counts=[9, 1]
    )
    # The first row needs 9 ** gamma < 2; the last, which needs 9 ** gamma > 3, is given up.
    assert adjuster.optimum_.score == 0.75
    assert adjuster.optimum_[1:3] == pytest.approx((0, np.log(2) / np.log(9)))
    small = MultiplicativeLogitAdjustment().fit(X, Y.astype(np.uint8), class_counts=COUNTS)
    np.testing.assert_array_equal(
        small.predict(X), fitted(MultiplicativeLogitAdjustment).predict(X)
    )


def test_two_classes():
    logits, labels = long_tail(np.array([90, 10]))
    for kind in (MultiplicativeLogitAdjustment, AdditiveLogitAdjustment, OneVsOneAdjustment):
        adjuster = kind("auto").fit(logits, labels, class_counts=[90, 10])
        assert adjuster.decision_function(logits).shape == (120, 2)
        found = balanced_accuracy_score(labels, adjuster.predict(logits))
        assert found == pytest.approx(adjuster.optimum_.score, abs=1e-12)
    centred = MultiplicativeLogitAdjustment(2.0, center=True)
    centred.fit(logits, labels, class_counts=[90, 10])
    np.testing.assert_array_equal(centred.predict(logits), logits.argmax(axis=1))


def test_equal_counts_change_no_prediction():
    for kind in (MultiplicativeLogitAdjustment, AdditiveLogitAdjustment, OneVsOneAdjustment):
        adjuster = fitted(kind, "auto", counts=np.full(5, 50))
        assert (adjuster.optimum_.low, adjuster.optimum_.high) == (0, 3)
        if kind is not OneVsOneAdjustment:
            np.testing.assert_array_equal(adjuster.predict(X), X.argmax(axis=1))
