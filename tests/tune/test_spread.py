from dataclasses import replace

import numpy as np
import pytest

from app.adjust.metrics import class_recalls
from app.data import Upload, load
from app.errors import UserError
from app.figures.spread_check import alt_text, spread_check_figure
from app.tune import TuneSpec
from app.tune.spread import feature_spread, fit_spread, spread_check, upload_spread

COUNTS = np.array([5000, 1500, 400, 100, 30])


@pytest.mark.parametrize("exponent", [0.5, 0.2, 0.0, -0.3])
def test_a_power_law_is_found(exponent):
    fit = fit_spread(COUNTS, 3.0 * COUNTS**-exponent)
    assert fit.exponent == pytest.approx(exponent, abs=1e-12)
    assert fit.error == pytest.approx(0, abs=1e-12)
    assert fit.classes == 5


def test_the_fit_and_its_error_are_those_of_a_regression():
    from scipy.stats import linregress

    spread = np.array([1.0, 1.4, 1.1, 2.0, 1.7])
    expected = linregress(np.log(COUNTS), np.log(spread))
    fit = fit_spread(COUNTS, spread)
    assert fit.exponent == pytest.approx(-expected.slope)
    assert fit.error == pytest.approx(expected.stderr)


def test_classes_of_unknown_spread_are_left_out():
    spread = 2.0 * COUNTS**-0.5
    spread[[1, 3]] = np.nan, 0
    assert fit_spread(COUNTS, spread).classes == 3
    spread[0] = np.nan
    assert fit_spread(COUNTS, spread) is None
    assert fit_spread(np.full(5, 10), np.arange(1.0, 6)) is None


def test_the_spread_of_features_is_the_root_of_their_variances():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(30, 4)), np.array([0] * 15 + [2] * 14 + [3])
    found = feature_spread(features.astype(np.float32), labels, 5)
    for k in (0, 2):
        own = features[labels == k]
        distances = ((own - own.mean(axis=0)) ** 2).sum(axis=1)
        assert found[k] == pytest.approx(np.sqrt(distances.sum() / (len(own) - 1)), rel=1e-5)
    assert np.isnan(found[[1, 3, 4]]).all()


@pytest.mark.parametrize(("name", "expected"), [("fashion-lt", 0.04), ("fashion-lt-etf", 0.16)])
def test_the_samples_give_the_exponents_they_are_documented_with(name, expected):
    data = load(name)
    rows = np.flatnonzero(data.split == "tune")
    fit = upload_spread(data, rows)
    assert round(fit.exponent, 2) == expected
    without = replace(data, class_spread=None)
    assert upload_spread(without, rows).classes == 10
    assert upload_spread(replace(without, features=None), rows) is None


def test_a_check_scores_every_gamma_on_the_judged_rows():
    data = load("fashion-lt-etf")
    check = spread_check(data, TuneSpec(judge="split", samples=50))
    judged = data.split == "judge"
    assert (check.tuning, check.judged) == (2_000, 10_000)
    for gamma, score in (
        (0.0, check.raw),
        (check.fit.exponent, check.predicted),
        (check.optimum.value, check.tuned),
        (0.5, check.theory),
    ):
        factors = (data.class_counts / data.class_counts.max()) ** -gamma
        right = (data.logits[judged] * factors).argmax(axis=1) == data.labels[judged]
        recalls = class_recalls(data.labels[judged], right, 10)
        assert score == pytest.approx(recalls.mean(), abs=1e-9)
        assert check.curve.at(np.array([gamma]))[0] == pytest.approx(score, abs=1e-9)
    low, high = check.interval
    assert low <= check.optimum.value <= high
    # 0.07 to 0.26 against 0.37 to 0.75; an interval that reaches there would agree.
    assert not check.agrees
    assert check._replace(interval=(0.2, 0.7)).agrees
    figure = spread_check_figure({"<b>": check}, "Balanced accuracy")
    curve, predicted, tuned, theory = figure.data
    # Cut at 1.5, where the curve goes on.
    assert curve.x[-1] == 1.5
    assert curve.y[-1] == pytest.approx(check.curve.at(np.array([1.4999]))[0], abs=1e-3)
    assert [t.x[0] for t in (predicted, tuned, theory)] == [
        check.fit.exponent,
        check.optimum.value,
        0.5,
    ]
    assert tuned.error_x.arrayminus[0] == pytest.approx(check.optimum.value - low)
    assert "<b>" not in figure.to_json()
    assert "predicted 0.16 gives 84.9%, tuned 0.71 gives 87.5%" in alt_text({"x": check})


def test_a_file_without_features_predicts_nothing():
    logits, labels = np.eye(3).repeat(4, axis=0), np.arange(3).repeat(4)
    upload = Upload("x.npz", logits, labels, np.array([9, 5, 2]))
    with pytest.raises(UserError, match="must hold features of at least three"):
        spread_check(upload, TuneSpec(judge="same"))
