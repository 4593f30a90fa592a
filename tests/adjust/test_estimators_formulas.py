"""What estimators compute, against the formulas written out."""

import numpy as np
import pytest

from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    TemperatureScaling,
    VectorScaling,
)
from tests.adjust.estimators import BIAS, COUNTS, NORMS, X, Y, fitted


def votes(z, counts, gamma):
    """Duels won, a simplex ETF's boundaries written out (Hasegawa & Sato, Algorithm 1)."""
    psi = np.arccos(-1 / (len(counts) - 1))
    strength = np.asarray(counts, dtype=float) ** gamma
    won = np.zeros(z.shape)
    for i in range(len(counts)):
        for j in range(len(counts)):
            if i != j:
                theta = psi * strength[j] / (strength[i] + strength[j])
                own = np.sin(theta) + np.cos(psi) * np.sin(psi - theta)
                rival = np.sin(psi - theta) + np.cos(psi) * np.sin(theta)
                won[:, i] += z[:, i] * own > z[:, j] * rival
    return won


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.3, -0.4])
@pytest.mark.parametrize("center", [False, True])
def test_mla_divides_by_powers_of_the_share_of_the_head(gamma, center):
    z = X - X.mean(axis=1, keepdims=True) if center else X
    adjuster = fitted(MultiplicativeLogitAdjustment, gamma, center=center)
    expected = z / (COUNTS / COUNTS.max()) ** gamma
    np.testing.assert_allclose(adjuster.decision_function(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(adjuster.predict(X), expected.argmax(axis=1))
    np.testing.assert_allclose(adjuster.decision_function(X)[:, 0], z[:, 0], rtol=1e-15)


@pytest.mark.parametrize("tau", [0.0, 1.0, 2.2, -0.5])
def test_ala_subtracts_log_priors(tau):
    expected = X - tau * np.log(COUNTS / COUNTS.sum())
    adjuster = fitted(AdditiveLogitAdjustment, tau)
    np.testing.assert_allclose(adjuster.decision_function(X), expected, rtol=1e-12)


def test_ala_with_a_target_prior_is_pc_softmax():
    target = np.array([1.0, 1, 2, 4, 8])
    expected = X - np.log(COUNTS / COUNTS.sum()) + np.log(target / target.sum())
    adjuster = fitted(AdditiveLogitAdjustment, 1.0, target_prior=target)
    np.testing.assert_allclose(adjuster.decision_function(X), expected, rtol=1e-12)
    same = fitted(AdditiveLogitAdjustment, 1.0, target_prior="train")
    np.testing.assert_allclose(same.decision_function(X), X, atol=1e-12)
    balanced = fitted(AdditiveLogitAdjustment, 1.0, target_prior="balanced")
    np.testing.assert_array_equal(
        balanced.predict(X), fitted(AdditiveLogitAdjustment, 1.0).predict(X)
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_1vs1_counts_duels(gamma):
    won = votes(X, COUNTS, gamma)
    adjuster = fitted(OneVsOneAdjustment, gamma, ties="head")
    scores = adjuster.decision_function(X)
    np.testing.assert_array_equal(np.floor(scores), won)
    # The head is first here, so argmax settles ties for it too.
    np.testing.assert_array_equal(adjuster.predict(X), won.argmax(axis=1))
    by_margin = fitted(OneVsOneAdjustment, gamma).predict(X)
    alone = (won == won.max(axis=1, keepdims=True)).sum(axis=1) == 1
    np.testing.assert_array_equal(by_margin[alone], won.argmax(axis=1)[alone])


def test_1vs1_uses_feature_norms_and_weights():
    plain = fitted(OneVsOneAdjustment, 1.0).decision_function(X)
    norms = OneVsOneAdjustment(0.0).fit(X, Y, class_counts=COUNTS, feature_norms=COUNTS)
    np.testing.assert_array_equal(norms.decision_function(X), plain)
    etf = np.eye(5) - 1 / 5
    weights = etf / np.linalg.norm(etf, axis=1, keepdims=True)
    scaled = OneVsOneAdjustment(1.0).fit(X, Y, class_counts=COUNTS, weights=3 * weights)
    np.testing.assert_array_equal(scaled.decision_function(3 * X), plain)


@pytest.mark.parametrize("tau", [0.0, 1.0, 1.9])
def test_tau_norm_divides_what_is_left_without_the_bias(tau):
    adjuster = TauNormalization(tau).fit(X, Y, class_counts=COUNTS, weight_norms=NORMS, bias=BIAS)
    expected = (X - BIAS) / (NORMS / NORMS.max()) ** tau
    np.testing.assert_allclose(adjuster.decision_function(X), expected, rtol=1e-12, atol=1e-15)
    without = fitted(TauNormalization, tau).decision_function(X)
    np.testing.assert_allclose(without, X / (NORMS / NORMS.max()) ** tau, rtol=1e-12)


@pytest.mark.parametrize("center", [False, True])
def test_vector_scaling_does_both(center):
    z = X - X.mean(axis=1, keepdims=True) if center else X
    share, prior = COUNTS / COUNTS.max(), COUNTS / COUNTS.sum()
    expected = z * share**-0.3 - 0.7 * np.log(prior)
    adjuster = fitted(VectorScaling, 0.3, 0.7, center=center)
    np.testing.assert_allclose(adjuster.decision_function(X), expected, rtol=1e-12)


def test_temperature_divides_and_moves_no_prediction():
    for temperature in (0.2, 3.0, "auto"):
        adjuster = fitted(TemperatureScaling, temperature)
        np.testing.assert_allclose(
            adjuster.decision_function(X), X / adjuster.temperature_, rtol=1e-14
        )
        np.testing.assert_array_equal(adjuster.predict(X), X.argmax(axis=1))


def test_counts_only_matter_by_their_ratios():
    for kind in (MultiplicativeLogitAdjustment, OneVsOneAdjustment, VectorScaling):
        some, more = fitted(kind), fitted(kind, counts=COUNTS * 7.5)
        np.testing.assert_allclose(some.decision_function(X), more.decision_function(X))


def test_order_of_classes_is_free():
    order = np.array([3, 0, 4, 1, 2])
    for kind in (MultiplicativeLogitAdjustment, AdditiveLogitAdjustment, OneVsOneAdjustment):
        sorted_ = fitted(kind).decision_function(X)
        labels = np.argsort(order)[Y]
        mixed = fitted(kind, counts=COUNTS[order], labels=labels, logits=X[:, order])
        np.testing.assert_allclose(mixed.decision_function(X[:, order]), sorted_[:, order])
