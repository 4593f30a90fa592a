from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from app.adjust import Setup, expected_calibration_error, intervals, score_function
from app.adjust.judge import fit_temperature, judge_rows

COUNTS = np.array([300, 60, 12])


def noisy(num_rows=400, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, num_rows)
    return scale * (rng.normal(size=(num_rows, 3)) + 1.2 * np.eye(3)[labels]), labels


def everything(logits):
    return np.arange(len(logits))


def raw(z):
    return np.asarray(z, dtype=np.float64) + 0.0


@pytest.mark.parametrize("name", ["mla", "ala", "vs"])
def test_likelihoods_and_confidences_are_those_of_the_softmax(name):
    logits, labels = noisy()
    scores = score_function(name, Setup(COUNTS), {"gamma": 0.4, "tau": 0.8})
    judged = judge_rows(logits, labels, everything(logits), scores)
    s = scores(logits)
    own = log_softmax(s, axis=1)[everything(logits), labels]
    np.testing.assert_allclose(judged.log_likelihoods, own, rtol=1e-10)
    np.testing.assert_allclose(judged.confidences, softmax(s, axis=1).max(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(judged.predictions, s.argmax(axis=1))
    assert -judged.log_likelihoods.mean() == pytest.approx(log_loss(labels, softmax(s, axis=1)))


def test_huge_logits_neither_overflow_nor_warn():
    logits = np.array([[1e4, -1e4, 0.0], [3e38, 0.0, -3e38]], dtype=np.float32)
    judged = judge_rows(logits, np.array([0, 1]), np.arange(2), raw)
    assert judged.log_likelihoods[0] == 0
    assert judged.log_likelihoods[1] == pytest.approx(-3e38, rel=1e-6)
    np.testing.assert_array_equal(judged.confidences, [1, 1])


def test_results_are_in_the_order_of_the_rows():
    logits, labels = noisy()
    whole = judge_rows(logits, labels, everything(logits), raw)
    rows = np.array([5, 3, 399, 3])
    part = judge_rows(logits, labels, rows, raw)
    for some, all_ in zip(part, whole, strict=True):
        np.testing.assert_array_equal(some, all_[rows])


@pytest.mark.parametrize("rows_a_block", [1, 7, 50, 399, 400, 401])
def test_blocks_change_nothing(monkeypatch, rows_a_block):
    logits, labels = noisy()
    whole = judge_rows(logits, labels, everything(logits), raw)
    temperature = fit_temperature(logits, labels, everything(logits))
    monkeypatch.setattr(intervals, "_BLOCK_BYTES", rows_a_block * 8 * 3)
    seen = []

    def scores(z):
        seen.append(len(z))
        return raw(z)

    blocks = judge_rows(logits, labels, everything(logits), scores)
    assert max(seen) == min(rows_a_block, 400)
    assert sum(seen) == 400
    for some, all_ in zip(blocks, whole, strict=True):
        np.testing.assert_array_equal(some, all_)
    assert fit_temperature(logits, labels, everything(logits)) == pytest.approx(temperature)


def test_votes_have_no_likelihood():
    logits, labels = noisy()
    scores = score_function("1vs1", Setup(COUNTS), {"gamma": 0.5})
    judged = judge_rows(logits, labels, everything(logits), scores, probabilistic=False)
    assert np.isnan(judged.log_likelihoods).all()
    assert np.isnan(judged.confidences).all()
    np.testing.assert_array_equal(judged.predictions, scores(logits).argmax(axis=1))


def test_judging_leaves_the_logits_alone():
    logits, labels = noisy()
    logits.flags.writeable = False
    judge_rows(logits, labels, everything(logits), lambda z: z)


def test_calibration_error_of_judged_rows_bin_by_bin():
    logits, labels = noisy(scale=3.0)
    judged = judge_rows(logits, labels, everything(logits), raw)
    correct = judged.predictions == labels
    found = expected_calibration_error(judged.confidences, correct)
    edges, expected = np.linspace(0, 1, 16), 0.0
    for low, high in pairwise(edges):
        inside = (judged.confidences >= low) & (judged.confidences < high)
        inside |= (judged.confidences == 1) & (high == 1)
        if inside.any():
            gap = abs(correct[inside].mean() - judged.confidences[inside].mean())
            expected += inside.mean() * gap
    assert found == pytest.approx(expected, abs=1e-12)
    assert found > 0.05


@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0, 30.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_temperature_minimises_the_likelihood_loss(scale, dtype):
    logits, labels = noisy(scale=scale)
    logits = logits.astype(dtype)
    found = minimize_scalar(
        lambda log_t: log_loss(labels, softmax(logits / np.exp(log_t), axis=1).astype(float)),
        bounds=(np.log(0.01), np.log(100)),
        options={"xatol": 1e-8},
    )
    temperature = fit_temperature(logits, labels, everything(logits))
    assert temperature == pytest.approx(np.exp(found.x), rel=1e-3)


def test_the_temperature_uses_the_given_rows_only():
    logits, labels = noisy()
    rows = np.arange(0, 400, 3)
    expected = fit_temperature(logits[rows], labels[rows], np.arange(rows.size))
    garbage = logits.copy()
    garbage[np.setdiff1d(everything(logits), rows)] = 1e6
    assert fit_temperature(garbage, labels, rows) == pytest.approx(expected, rel=1e-12)


def test_the_temperature_scales_with_the_logits_and_ignores_shifts():
    logits, labels = noisy()
    once = fit_temperature(logits, labels, everything(logits))
    assert fit_temperature(4 * logits, labels, everything(logits)) == pytest.approx(4 * once)
    shifted = logits + np.linspace(-50, 50, 400)[:, None]
    assert fit_temperature(shifted, labels, everything(logits)) == pytest.approx(once)


@pytest.mark.parametrize("gap", [1e-3, 1.0, 100.0, 1e6])
def test_where_every_row_is_right_the_lowest_temperature_is_given(gap):
    labels = np.array([0, 1, 2, 1])
    assert fit_temperature(gap * np.eye(3)[labels], labels, np.arange(4)) == pytest.approx(0.01)


@pytest.mark.parametrize("gap", [1e-3, 1.0, 100.0, 1e6])
def test_where_every_row_is_wrong_the_highest_temperature_is_given(gap):
    labels = np.array([0, 1, 2, 1])
    assert fit_temperature(-gap * np.eye(3)[labels], labels, np.arange(4)) == pytest.approx(100)


def test_equal_logits_have_a_temperature_too():
    assert np.isfinite(fit_temperature(np.ones((3, 3)), np.array([0, 1, 2]), np.arange(3)))
