"""The common formula: its table, its losses and residuals against 400 decimal digits."""

from decimal import Decimal, localcontext
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.errors import UserError
from app.losses import LossForm, class_temperatures, loss_form
from app.losses.form import FormName, balancing_weights, ldam_margins, prior_offsets

COUNTS = np.array([500.0, 120.0, 40.0, 5.0])
PARAMETERS = {"gamma": 0.4, "tau": 0.8, "margin": 0.3, "scale": 2.0}
NAMES = get_args(FormName)


def decimal_losses(form: LossForm, logits):
    """Losses and residuals in 400 digits, from the definition."""
    size = len(logits)
    losses, residuals = np.zeros(size), np.zeros((size, size))
    with localcontext(prec=400):
        for k in range(size):
            inputs = [
                Decimal(form.multipliers[j, k]) * Decimal(logits[j, k])
                + Decimal(form.offsets[j, k])
                for j in range(size)
            ]
            total = sum(u.exp() for u in inputs)
            losses[k] = float(total.ln() - inputs[k])
            for j in range(size):
                residuals[j, k] = float(int(j == k) - inputs[j].exp() / total)
    return losses, residuals


def test_what_is_in_the_table():
    delta = COUNTS**0.4 / np.mean(COUNTS**0.4)
    prior = 0.8 * np.log(COUNTS / 665)
    margins = 0.3 * (5 / COUNTS) ** 0.25
    ones, zeros, each = np.ones((4, 4)), np.zeros((4, 4)), np.ones(4)
    expected = {
        "ce": (ones, zeros, each),
        "wce": (ones, zeros, 665 / (4 * COUNTS)),
        "la": (ones, np.tile(prior[:, None], 4), each),
        "cdt": (np.tile(delta[:, None], 4), zeros, each),
        "ldt": (np.tile(delta, (4, 1)), zeros, each),
        "vs": (np.tile(delta[:, None], 4), np.tile(prior[:, None], 4), each),
        "ldam": (2 * ones, np.diag(-2 * margins), each),
    }
    assert set(expected) == set(NAMES)
    for name, (multipliers, offsets, weights) in expected.items():
        form = loss_form(name, COUNTS, **PARAMETERS)
        np.testing.assert_allclose(form.multipliers, multipliers, rtol=1e-14)
        np.testing.assert_allclose(form.offsets, offsets, rtol=1e-14)
        np.testing.assert_allclose(form.weights, weights, rtol=1e-14)


def test_normalisations():
    for gamma in (-1.5, 0.0, 0.3, 1.5):
        delta = class_temperatures(COUNTS, gamma)
        assert delta.mean() == pytest.approx(1, rel=1e-15)
        np.testing.assert_allclose(delta / delta[0], (COUNTS / 500) ** gamma, rtol=1e-14)
        capped = class_temperatures(COUNTS, gamma, "max")
        assert capped.max() == 1
        np.testing.assert_allclose(capped / capped[0], (COUNTS / 500) ** gamma, rtol=1e-14)
    np.testing.assert_array_equal(class_temperatures(COUNTS, 0), 1)
    np.testing.assert_allclose(class_temperatures([1e8, 1], 10), [2, 2e-80], rtol=1e-12)
    assert balancing_weights(COUNTS) @ COUNTS == pytest.approx(COUNTS.sum())
    assert ldam_margins(COUNTS).max() == 0.5
    np.testing.assert_allclose(np.exp(prior_offsets(COUNTS, 1.0)).sum(), 1, rtol=1e-15)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 300.0])
def test_losses_and_residuals_against_the_definition(name, size):
    """Every entry keeps its relative precision, even where the loss is 1e-200."""
    form = loss_form(name, COUNTS, **PARAMETERS)
    logits = size * (np.random.default_rng(3).normal(size=(4, 4)) + 2 * np.eye(4))
    losses, residuals = form.class_losses(logits)
    exact_losses, exact_residuals = decimal_losses(form, logits)
    # The conditioning of exp: an error in the last digit of a logit of 600 is 1e-13 of the loss.
    np.testing.assert_allclose(losses, exact_losses, rtol=1e-12)
    np.testing.assert_allclose(residuals, exact_residuals, rtol=1e-12, atol=1e-300)


def test_a_loss_far_below_the_rounding_of_its_logits():
    """At decays of 1e-12 margins are about 28; at 1e-30 they are about 70."""
    form = loss_form("ce", COUNTS)
    for margin in (28.0, 70.0, 400.0):
        losses, residuals = form.class_losses(margin * np.eye(4))
        np.testing.assert_allclose(losses, 3 * np.exp(-margin), rtol=1e-11)
        np.testing.assert_allclose(np.diag(residuals), 3 * np.exp(-margin), rtol=1e-11)


@pytest.mark.parametrize("size", [1e6, 1e30, 1e150])
def test_extreme_logits_stay_finite(size):
    logits = size * np.random.default_rng(0).normal(size=(5, 4, 4))
    for name in NAMES:
        form = loss_form(name, COUNTS, **PARAMETERS)
        losses, residuals = form.class_losses(logits)
        assert np.isfinite(losses).all()
        assert np.isfinite(residuals).all()
        assert (losses >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_residuals_are_the_gradient_of_the_losses(name):
    form = loss_form(name, COUNTS, **PARAMETERS)
    logits, direction = np.random.default_rng(1).normal(size=(2, 2, 4, 4))
    _, residuals = form.class_losses(logits)
    h = 1e-6
    ahead, _ = form.class_losses(logits + h * direction)
    behind, _ = form.class_losses(logits - h * direction)
    slope = -(form.multipliers * residuals * direction).sum(axis=-2)
    assert slope.shape == (2, 4)
    np.testing.assert_allclose((ahead - behind) / (2 * h), slope, rtol=1e-6, atol=1e-9)


def test_a_batch_is_its_members():
    form = loss_form("vs", COUNTS, **PARAMETERS)
    logits = np.random.default_rng(2).normal(size=(2, 3, 4, 4))
    losses, residuals = form.class_losses(logits)
    for index in np.ndindex(2, 3):
        alone, missing = form.class_losses(logits[index])
        np.testing.assert_array_equal(losses[index], alone)
        np.testing.assert_array_equal(residuals[index], missing)


@settings(max_examples=30, deadline=None)
@given(
    arrays(np.float64, (4, 4), elements=st.floats(-50, 50)),
    st.sampled_from(NAMES),
    st.floats(-20, 20),
)
def test_a_common_shift_along_the_inverse_multipliers_changes_nothing(logits, name, shift):
    """A loss sees logit differences only: columns may move by any multiple of 1 / A[:, k]."""
    form = loss_form(name, COUNTS, **PARAMETERS)
    moved = logits + shift / form.multipliers
    for before, after in zip(form.class_losses(logits), form.class_losses(moved), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize(
    ("arguments", "parameters", "message"),
    [
        (("hinge", [1, 2]), {}, r"loss must be one of ce, wce, la, .*, got 'hinge'"),
        (("ce", [5]), {}, r"counts must be one number for each of at least 2 .*, got \(1,\)"),
        (("ce", [5, 0]), {}, r"counts must be finite and above 0, got 0 for class 1"),
        (("ce", [np.inf, 1]), {}, r"counts must be finite and above 0, got inf for class 0"),
        (("ce", ["a", "b"]), {}, r"counts must be numbers, got \['a', 'b'\]"),
        (("cdt", [5, 1]), {"gamma": 11}, r"gamma must be in \[-10, 10\], got 11"),
        (("cdt", [5, 1]), {"gamma": np.nan}, r"gamma must be in \[-10, 10\], got nan"),
        (("la", [5, 1]), {"tau": np.inf}, r"tau must be finite, got inf"),
        (("ldam", [5, 1]), {"margin": -1.0}, r"margin must be finite and at least 0, got -1.0"),
        (("ldam", [5, 1]), {"scale": 0.0}, r"scale must be finite and above 0, got 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, parameters, message):
    with pytest.raises(UserError, match=message):
        loss_form(*arguments, **parameters)


def test_an_unknown_normalization_is_refused():
    with pytest.raises(UserError, match=r"normalization must be mean or max, got 'sum'"):
        class_temperatures([2, 1], 0.5, "sum")
