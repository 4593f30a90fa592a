import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.probe import balance, logits_magnitude, normalized, regularized_std, weight_norms
from app.probe.measures import column_measures

REFERENCE = json.loads((Path(__file__).parents[1] / "losses" / "retraining.json").read_text())[
    "arrays"
]
LOGITS = np.array(REFERENCE["metrics_logits"])
LABELS = np.array(REFERENCE["metrics_labels"])


def random_logits(seed, rows=60, classes=4):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=rows - classes)])
    return rng.normal(size=(rows, classes)) + 2 * np.eye(classes)[labels], labels


def test_reference_values():
    np.testing.assert_allclose(
        logits_magnitude(LOGITS, LABELS), REFERENCE["logits_magnitude"], rtol=1e-9
    )
    for kind in ("all", "pos", "neg"):
        found = regularized_std(LOGITS, LABELS, kind)
        np.testing.assert_allclose(found, REFERENCE[f"regularized_std_{kind}"], rtol=1e-9)


@given(st.integers(0, 10**6), st.integers(2, 7))
@settings(max_examples=30, deadline=None)
def test_the_definitions(seed, classes):
    z, y = random_logits(seed, classes=classes)
    magnitude = logits_magnitude(z, y)
    for k in range(classes):
        assert magnitude[k] == pytest.approx(z[y == k, k].mean() - z[y != k, k].mean())
        for kind, rows in (("all", y >= 0), ("pos", y == k), ("neg", y != k)):
            expected = z[rows, k].std() / magnitude[k]
            assert regularized_std(z, y, kind)[k] == pytest.approx(expected)


@given(st.integers(0, 10**6), st.lists(st.floats(-50, 50), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_both_are_blind_to_biases(seed, bias):
    """So is the balance of the magnitude, while predictions change completely."""
    z, y = random_logits(seed)
    moved = z + np.array(bias)
    np.testing.assert_allclose(logits_magnitude(moved, y), logits_magnitude(z, y), atol=1e-11)
    for kind in ("all", "pos", "neg"):
        np.testing.assert_allclose(
            regularized_std(moved, y, kind), regularized_std(z, y, kind), rtol=1e-8
        )


def test_the_deviation_over_all_contains_the_magnitude():
    z, y = random_logits(1, rows=400, classes=10)
    share = np.bincount(y) / y.size
    assert (regularized_std(z, y) >= np.sqrt(share * (1 - share))).all()


def test_a_common_direction_changes_no_magnitude_in_balanced_data():
    """Adding one vector to all class vectors adds <e, x> to every logit of a sample."""
    z, _ = random_logits(2, rows=40)
    y = np.repeat(np.arange(4), 10)
    shift = np.tile(np.linspace(-1, 1, 10), 4)[:, None]
    np.testing.assert_allclose(logits_magnitude(z + shift, y), logits_magnitude(z, y), atol=1e-12)


def test_doubled_logits_double_one_and_leave_the_other():
    z, y = random_logits(3)
    np.testing.assert_allclose(logits_magnitude(2 * z, y), 2 * logits_magnitude(z, y))
    np.testing.assert_allclose(regularized_std(2 * z, y), regularized_std(z, y))


def test_classes_without_samples_have_none():
    z, y = random_logits(4)
    z, y = z[y != 2], y[y != 2]
    assert np.isnan(logits_magnitude(z, y)).tolist() == [False, False, True, False]
    assert np.isnan(regularized_std(z, y)).tolist() == [False, False, True, False]
    assert np.isnan(logits_magnitude(z[y == 0], y[y == 0])).all()


def test_many_classifiers_at_once():
    z, y = random_logits(5)
    columns = np.stack([z.T, -3 * z.T]).astype(np.float32)
    magnitude, deviation = column_measures(columns, y)
    for i, factor in enumerate((1, -3)):
        np.testing.assert_allclose(magnitude[i], logits_magnitude(factor * z, y), rtol=1e-5)
        np.testing.assert_allclose(deviation[i], regularized_std(factor * z, y), rtol=1e-5)


def test_large_offsets_cost_no_digits():
    z, y = random_logits(6)
    shifted = (z + 1e3).astype(np.float32)
    np.testing.assert_allclose(regularized_std(shifted, y), regularized_std(z, y), rtol=1e-3)


def test_weight_norms():
    np.testing.assert_allclose(weight_norms([[[3.0, 4.0], [0.0, 0.0]]]), [[5.0, 0.0]])
    assert weight_norms(np.array([[1e38, 1e38]], np.float32)).tolist() == [np.inf]


def test_balance_and_normalisation():
    assert balance([2.0, 2.0, 2.0]) == 0.0
    assert balance([1.0, 3.0]) == pytest.approx(0.5)
    assert balance([1.0, 3.0, np.nan]) == pytest.approx(0.5)
    np.testing.assert_allclose(normalized([[1.0, -3.0], [4.0, 4.0]]), [[0.25, -0.75], [0.5, 0.5]])
    values = np.random.default_rng(7).normal(3, 1, size=(2, 3, 8))
    np.testing.assert_allclose(balance(values), values.std(axis=-1) / values.mean(axis=-1))


@pytest.mark.filterwarnings("error")
def test_what_tells_no_class_apart_has_no_shares_and_no_balance():
    """Magnitudes of equal logits are all zero."""
    np.testing.assert_array_equal(logits_magnitude(np.ones((4, 2)), np.array([0, 0, 1, 1])), [0, 0])
    shares = normalized([[0.0, 0.0], [1.0, 3.0]])
    np.testing.assert_array_equal(shares, [[np.nan, np.nan], [0.25, 0.75]])
    np.testing.assert_array_equal(
        balance([[0.0, 0.0], [1.0, 3.0], [-1.0, 1.0]]), [np.nan, 0.5, np.nan]
    )
    assert np.isnan(balance([np.nan, np.nan]))
    assert np.isnan(normalized([np.nan, np.nan])).all()
    assert np.isnan(balance([1.0, np.inf]))
