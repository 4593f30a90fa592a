"""Numbers as they are sent: whole, or in 16 bits each with a known error."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.scenes.base import logit_step, round_logits
from app.ui.packing import in_steps, packed

NUMBERS = st.floats(-1e308, 1e308) | st.sampled_from([np.nan, np.inf, -np.inf])
ROWS = arrays(np.float64, array_shapes(min_dims=2, max_dims=2), elements=NUMBERS)


def unpacked(sent):
    """Rows as `multiples` of assets/shared.js reads them."""
    steps = np.frombuffer(base64.b64decode(sent["steps"]), "<f8")
    whole = np.frombuffer(base64.b64decode(sent["text"]), "<i2").reshape(len(steps), -1)
    return np.where(whole == -32768, np.nan, whole * steps[:, None])


@given(ROWS)
def test_no_number_is_off_by_more_than_half_a_32767th_of_the_largest(rows):
    """Infinity and NaN come as NaN, and do not make the others coarser."""
    found = unpacked(in_steps(rows))
    finite = np.isfinite(rows)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    largest = np.max(np.abs(rows), axis=1, initial=0, where=finite)
    # Numbers and steps are rounded themselves, and there are none below the smallest.
    bound = np.maximum(largest / 32767 * (0.5 + 1e-11), 1.2e-308)[:, None]
    assert (np.abs(np.where(finite, found - rows, 0)) <= bound).all()


def test_zeros_one_value_and_nothing_come_as_they_are():
    rows = np.array([[0.0, 0.0, 0.0], [-3e300, np.nan, 3e300], [5e-324, 0.0, 0.0]])
    found = unpacked(in_steps(rows))
    np.testing.assert_allclose(found[:2], rows[:2], rtol=1e-15)
    np.testing.assert_array_equal(found[2], 0)
    assert unpacked(in_steps(np.empty((2, 0)))).shape == (2, 0)


def test_a_flat_array_is_one_row():
    assert in_steps([1.0, 2.0]) == in_steps([[1.0, 2.0]])


@pytest.mark.parametrize("scale", [1e-30, 0.3, 70.0, 1e30])
def test_logits_rounded_to_a_step_of_their_own_come_exactly(scale):
    logits = round_logits(scale * np.random.default_rng(0).normal(size=(20, 3)))
    found = unpacked(in_steps(logits.ravel(), logit_step(logits)))
    np.testing.assert_array_equal(found.reshape(logits.shape), logits)


def test_numbers_are_packed_little_endian_row_after_row():
    sent = packed(np.array([[1, 2], [3, 4]]).T, "<i4")
    assert base64.b64decode(sent) == bytes([1, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0])
