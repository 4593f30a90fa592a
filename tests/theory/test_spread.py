import numpy as np
import pytest

from app.theory.spread import feature_spread, fit_spread

COUNTS = np.array([5000, 1500, 400, 100, 30])


def test_the_interval_is_that_of_a_regression():
    from scipy.stats import linregress, t

    spread = np.array([1.0, 1.4, 1.1, 2.0, 1.7])
    line = linregress(np.log(COUNTS), np.log(spread))
    low, high = fit_spread(COUNTS, spread).interval(0.9)
    assert (low + high) / 2 == pytest.approx(-line.slope)
    assert high - low == pytest.approx(2 * t.ppf(0.95, 3) * line.stderr)


def test_the_interval_covers_the_exponent_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        spread = COUNTS**-0.5 * np.exp(rng.normal(size=5, scale=0.3))
        low, high = fit_spread(COUNTS, spread).interval(0.8)
        hits += low <= 0.5 <= high
    # Four standard errors of a share of 0.8 among 2,000.
    assert hits / 2000 == pytest.approx(0.8, abs=0.036)


def test_the_exponent_of_features_drawn_with_a_known_one():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), COUNTS)
    features = rng.normal(size=(labels.size, 40)) * (COUNTS[labels] ** -0.25)[:, None]
    fit = fit_spread(COUNTS, feature_spread(features, labels, 5))
    assert fit.exponent == pytest.approx(0.25, abs=0.02)
    low, high = fit.interval()
    assert low < 0.25 < high


def test_one_sample_a_class_has_no_spread():
    assert np.isnan(feature_spread(np.eye(4), np.arange(4), 4)).all()
    assert fit_spread([1, 1, 1, 1], feature_spread(np.eye(4), np.arange(4), 4)) is None
