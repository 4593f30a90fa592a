"""Metrics against scikit-learn, against loops and by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from app.adjust.metrics import (
    METRIC_TITLES,
    METRICS,
    NO_UNIT,
    Metric,
    class_recalls,
    expected_calibration_error,
)
from app.errors import UserError
from app.longtail import frequency_groups

COUNTS = np.array([500, 300, 60, 40, 10, 5])
GROUPS = frequency_groups(COUNTS)
SIZES = np.array([4, 1, 3, 0, 5, 2])
RECALLS = np.array([0.75, 1.0, 1 / 3, np.nan, 0.2, 0.5])
BY_HAND = {
    "accuracy": (3 + 1 + 1 + 1 + 1) / 15,
    "balanced_accuracy": (0.75 + 1 + 1 / 3 + 0.2 + 0.5) / 5,
    "many": (0.75 + 1) / 2,
    "medium": 1 / 3,
    "few": (0.2 + 0.5) / 2,
    "worst_group": 1 / 3,
    "worst_class": 0.2,
}


def test_every_metric_has_a_title_and_a_hand_value():
    assert set(METRICS) == set(METRIC_TITLES) == set(BY_HAND)


@pytest.mark.parametrize("name", METRICS)
def test_values_by_hand(name):
    value = Metric.of(name, SIZES, GROUPS).value(RECALLS)
    np.testing.assert_allclose(value, BY_HAND[name], rtol=1e-14)


@given(
    arrays(np.int64, 40, elements=st.integers(0, 5)),
    arrays(np.int64, 40, elements=st.integers(0, 5)),
)
def test_scikit_learn_agrees(labels, predicted):
    """With classes absent from the labels, which scikit-learn leaves out of the mean too."""
    recalls = class_recalls(labels, labels == predicted, 6)
    sizes = np.bincount(labels, minlength=6)
    theirs = recall_score(labels, predicted, labels=range(6), average=None, zero_division=np.nan)
    np.testing.assert_allclose(recalls, theirs, rtol=1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Classes predicted that no label has.
        balanced = balanced_accuracy_score(labels, predicted)
    ours = {name: float(Metric.of(name, sizes, GROUPS).value(recalls)) for name in METRICS}
    assert ours["accuracy"] == pytest.approx(accuracy_score(labels, predicted), abs=1e-14)
    assert ours["balanced_accuracy"] == pytest.approx(balanced, abs=1e-14)
    assert ours["worst_class"] == np.nanmin(theirs)
    for group in ("many", "medium", "few"):
        members = theirs[(group == GROUPS) & (sizes > 0)]
        wanted = members.mean() if members.size else np.nan
        assert ours[group] == pytest.approx(wanted, abs=1e-14, nan_ok=True)
    groups = [ours[group] for group in ("many", "medium", "few")]
    assert ours["worst_group"] == pytest.approx(np.nanmin(groups), abs=1e-14)


def test_many_recalls_at_once():
    curve = np.linspace(0, 1, 3)[:, None] * np.nan_to_num(RECALLS)
    curve[:, 3] = np.nan
    for name in METRICS:
        np.testing.assert_allclose(
            Metric.of(name, SIZES, GROUPS).value(curve), [0, BY_HAND[name] / 2, BY_HAND[name]]
        )


def test_what_has_no_sample_is_not_defined():
    sizes = np.array([3, 2, 0, 0, 1, 1])
    metric = Metric.of("medium", sizes, GROUPS)
    assert not metric.defined
    assert metric.num_units == 0
    assert np.isnan(metric.value(np.zeros(6)))
    assert np.isnan(metric.value(np.zeros((4, 6)))).all()
    worst = Metric.of("worst_group", sizes, GROUPS)
    assert worst.defined
    assert worst.num_units == 2
    assert worst.value([0.5, 0.7, np.nan, np.nan, 0.9, 1]) == pytest.approx(0.6)
    assert not Metric.of("accuracy", np.zeros(6, int), GROUPS).defined


def test_classes_of_no_known_group_take_no_part():
    groups = np.array(["many", "other", "few"])
    worst = Metric.of("worst_group", [1, 1, 1], groups)
    assert worst.unit.tolist() == [0, NO_UNIT, 2]
    assert worst.value([0.9, 0.1, 0.8]) == pytest.approx(0.8)


def test_an_unknown_metric_is_refused():
    with pytest.raises(UserError, match=r"metric must be one of accuracy, .*, got 'f1'\."):
        Metric.of("f1", SIZES, GROUPS)


def calibration_error(confidence, correct, bins):
    total = 0.0
    for b in range(bins):
        inside = [i for i, c in enumerate(confidence) if min(int(c * bins), bins - 1) == b]
        if inside:
            accuracy = sum(correct[i] for i in inside) / len(inside)
            mean = sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(accuracy - mean)
    return total


@given(
    arrays(np.float64, 30, elements=st.floats(0, 1)),
    arrays(np.bool_, 30),
    st.sampled_from([1, 10, 15]),
)
def test_calibration_error_is_that_of_a_loop(confidence, correct, bins):
    ours = expected_calibration_error(confidence, correct, bins)
    assert ours == pytest.approx(calibration_error(confidence, correct, bins), abs=1e-12)


def test_calibration_error_by_hand():
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0
    assert expected_calibration_error([0.9, 0.9], [True, False]) == pytest.approx(0.4)
    # Gaps of two bins do not cancel: |1 - 0.6| and |0 - 0.4|.
    assert expected_calibration_error([0.6, 0.4], [True, False]) == pytest.approx(0.4)
    # Certainty is in the last bin, not in one of its own.
    assert expected_calibration_error([1.0, 0.95], [False, True]) == pytest.approx(0.475)
    assert np.isnan(expected_calibration_error([], []))
