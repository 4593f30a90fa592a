"""The affine rules: scores against their formulas, and what each rule is invariant to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adjust.rules import (
    additive_offset,
    center_rows,
    multiplicative_scale,
    norm_scale,
    positive_counts,
)
from app.errors import UserError

COUNTS = np.array([800, 100, 25, 5])
PRIOR = COUNTS / 930


def test_multiplicative_scale_by_hand():
    np.testing.assert_allclose(
        multiplicative_scale([64, 16, 4, 1], 0.5), [1, 2, 4, 8], rtol=0, atol=0
    )
    np.testing.assert_allclose(multiplicative_scale([1, 16, 64], 1), [64, 4, 1], rtol=1e-15)
    np.testing.assert_allclose(multiplicative_scale([4, 1], -1), [1, 0.25], rtol=1e-15)


@given(st.floats(-3, 3), st.floats(0.01, 100))
def test_a_common_factor_of_the_counts_changes_no_scale(gamma, factor):
    plain = multiplicative_scale(COUNTS, gamma)
    np.testing.assert_allclose(plain, multiplicative_scale(COUNTS * factor, gamma), rtol=1e-13)
    np.testing.assert_allclose(plain, (COUNTS / 800.0) ** -gamma, rtol=1e-13)


def test_huge_count_ratios_stay_finite():
    scale = multiplicative_scale([1e9, 1.0], 10.0)
    np.testing.assert_allclose(scale, [1, 1e90], rtol=1e-12)


def test_additive_offset_by_hand():
    np.testing.assert_allclose(additive_offset(COUNTS, 1.0), -np.log(PRIOR), rtol=1e-15)
    np.testing.assert_allclose(additive_offset(COUNTS, -0.5), 0.5 * np.log(PRIOR), rtol=1e-15)
    assert not additive_offset(COUNTS, 0.0).any()


def test_target_priors():
    """PC-softmax: the training prior is replaced by the target prior."""
    plain, target = additive_offset(COUNTS, 1.0), np.array([1.0, 2, 3, 4])
    moved = additive_offset(COUNTS, 1.0, target)
    np.testing.assert_allclose(moved - plain, np.log(target / 10), rtol=1e-13)
    np.testing.assert_allclose(moved, additive_offset(COUNTS, 1.0, 7 * target), rtol=1e-13)
    balanced = additive_offset(COUNTS, 1.0, "balanced")
    np.testing.assert_allclose(balanced - plain, np.log(0.25), rtol=1e-13)
    np.testing.assert_allclose(additive_offset(COUNTS, 1.0, "train"), 0, atol=1e-15)


def test_norm_scale_by_hand():
    np.testing.assert_allclose(norm_scale([2.0, 4.0, 1.0], 1.0), [2, 1, 4], rtol=1e-15)
    np.testing.assert_allclose(norm_scale([2.0, 4.0, 1.0], 0.0), 1, rtol=0)
    # Norms of 2 ** -tau n: the same rule as multiplicative adjustment of counts n.
    np.testing.assert_allclose(
        norm_scale(COUNTS / 16, 0.7), multiplicative_scale(COUNTS, 0.7), rtol=1e-14
    )


def test_centred_rows():
    z = np.array([[-3, -1, -2], [4, 4, 4]], dtype=np.float32)
    centred = center_rows(z)
    np.testing.assert_array_equal(centred, [[-1, 1, 0], [0, 0, 0]])
    assert centred.dtype == np.float64
    assert z[0, 0] == -3


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: positive_counts([5]), r"at least 2 classes, got an array of shape \(1,\)"),
        (lambda: positive_counts([[5, 3]]), r"got an array of shape \(1, 2\)"),
        (lambda: positive_counts([5, 0, 2]), "all be positive, got 0 for class 1"),
        (lambda: positive_counts([5, 2, -1]), "all be positive, got -1 for class 2"),
        (lambda: positive_counts([np.nan, 2]), "all be positive, got nan for class 0"),
        (lambda: positive_counts([1, np.inf]), "all be positive, got inf for class 1"),
        (lambda: additive_offset(COUNTS, 1, "uniform"), "'balanced', 'train' or one .*'uniform'"),
        (lambda: additive_offset(COUNTS, 1, [1, 2]), "must hold 4 positive numbers"),
        (lambda: additive_offset(COUNTS, 1, [1, 2, 0, 1]), "must hold 4 positive numbers"),
        (lambda: additive_offset(COUNTS, 1, [1, 2, np.nan, 1]), "must hold 4 positive numbers"),
        (lambda: norm_scale([1.0, 0.0], 1), "weight_norms must be one positive number a class"),
        (lambda: norm_scale([1.0, np.inf], 1), "weight_norms must be one positive number a class"),
        (lambda: norm_scale([[1.0, 2.0]], 1), "weight_norms must be one positive number a class"),
    ],
)
def test_refusals_name_the_parameter(call, sentence):
    with pytest.raises(UserError, match=sentence):
        call()
