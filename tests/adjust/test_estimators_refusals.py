"""Data and settings that estimators refuse, each in one sentence."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    TemperatureScaling,
    VectorScaling,
)
from app.errors import UserError
from tests.adjust.estimators import ALL, BIAS, COUNTS, NORMS, PATHS, X, Y, fitted, needs, strengths


def test_a_refused_fit_leaves_the_adjuster_unfitted():
    adjuster = MultiplicativeLogitAdjustment(gamma="best")
    with pytest.raises(UserError):
        adjuster.fit(X, Y, class_counts=COUNTS)
    with pytest.raises(NotFittedError):
        adjuster.predict(X)


def with_row_7(value):
    logits = X.copy()
    logits[7, 2] = value
    return logits


WRONG_DATA = [
    ("class_counts must hold", {"class_counts": [5]}),
    ("class_counts must all be positive, got 0 for class 1", {"class_counts": [5, 0, 1, 1, 1]}),
    ("class_counts must all be positive", {"class_counts": [5, 2, 1, 1, np.nan]}),
    ("one column for each of 4 classes", {"class_counts": COUNTS[:4]}),
    ("logits must have at least 1 row", {"logits": X[0]}),
    ("logits must have at least 1 row", {"logits": X[:0], "y": Y[:0]}),
    (
        "logits must be finite, got nan or inf in row 7",
        {"logits": with_row_7(np.nan)},
    ),
    ("logits must be finite", {"logits": with_row_7(-np.inf)}),
    ("y must hold 300 integers", {"y": Y[:-1]}),
    ("y must hold 300 integers, got float64", {"y": Y * 1.0}),
    ("y must hold 300 integers", {"y": Y.astype(str)}),
    ("y must lie in 0..4, got 1 to 5", {"y": Y + 1}),
    ("y must lie in 0..4, got -1 to 3", {"y": Y - 1}),
]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(("message", "change"), WRONG_DATA)
def test_wrong_data_are_refused_in_a_sentence(kind, message, change):
    given = {"logits": X, "y": Y, **needs(kind)} | change
    assert_refused(message, lambda: kind().fit(**given))


def assert_refused(message, call):
    with pytest.raises(UserError, match=message.replace("(", r"\(").replace("[", r"\[")) as error:
        call()
    sentence = str(error.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 250


@pytest.mark.parametrize("kind", ALL)
def test_wrong_logits_are_refused_at_prediction(kind):
    adjuster = fitted(kind)
    for wrong in (X[:, :4], X[0], X[None], X.astype(str)):
        assert_refused("logits must be numbers in 5 columns", lambda w=wrong: adjuster.predict(w))
    assert_refused(
        "logits must be finite, got nan or inf in row 7",
        lambda: adjuster.predict(with_row_7(np.inf)),
    )


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("value", [None, "best", np.nan, np.inf, [0.5], "0.5"])
def test_wrong_strengths_are_refused(kind, value):
    for name in strengths(kind):
        assert_refused(
            f"{name} must be a finite number, got ",
            lambda n=name: kind(**{n: value}).fit(X, Y, **needs(kind)),
        )


BOUNDS = [(3, 0), (1, 1), (0, np.inf), (np.nan, 1), (0,), (0, 1, 2), None, ("low", "high")]


@pytest.mark.parametrize("kind", [kind for kind, _, _ in PATHS] + [VectorScaling])
@pytest.mark.parametrize("bounds", BOUNDS)
def test_wrong_bounds_are_refused(kind, bounds):
    auto = dict.fromkeys(strengths(kind), "auto")
    assert_refused(
        "bounds must be two increasing finite numbers, got ",
        lambda: kind(**auto, bounds=bounds).fit(X, Y, **needs(kind)),
    )


REFUSED = [
    ("metric must be one of", MultiplicativeLogitAdjustment("auto", metric="f1"), {}),
    ("target_prior must hold 5", AdditiveLogitAdjustment(target_prior=[1, 2]), {}),
    ("target_prior must hold 5", AdditiveLogitAdjustment("auto", target_prior=[0] * 5), {}),
    ("target_prior must be 'balanced'", AdditiveLogitAdjustment(target_prior="flat"), {}),
    ("ties must be 'margin' or 'head', got 'coin'", OneVsOneAdjustment(ties="coin"), {}),
    ("ties must be 'margin' or 'head'", OneVsOneAdjustment("auto", ties="coin"), {}),
    ("feature_norms must hold 5", OneVsOneAdjustment(), {"feature_norms": NORMS[:3]}),
    ("feature_norms must be", OneVsOneAdjustment("auto"), {"feature_norms": -NORMS}),
    ("weights must have one row", OneVsOneAdjustment(), {"weights": np.eye(4)}),
    ("weight_norms", TauNormalization(), {"weight_norms": None}),
    ("weight_norms", TauNormalization("auto"), {"weight_norms": None}),
    ("weight_norms must hold 5", TauNormalization(), {"weight_norms": NORMS[:4]}),
    ("weight_norms must hold 5", TauNormalization("auto"), {"weight_norms": 2.0}),
    ("weight_norms must be one positive", TauNormalization(), {"weight_norms": NORMS - 1}),
    ("bias must hold 5", TauNormalization(), {"weight_norms": NORMS, "bias": BIAS[:4]}),
    ("bias must hold 5", TauNormalization("auto"), {"weight_norms": NORMS, "bias": BIAS[:4]}),
    (
        "bias must be finite",
        TauNormalization(),
        {"weight_norms": NORMS, "bias": [np.nan] * 5},
    ),
    ("gamma and tau must both", VectorScaling("auto", 1.0), {}),
    ("gamma and tau must both", VectorScaling(0.5, "auto"), {}),
    ("temperature must be positive, got 0", TemperatureScaling(0), {}),
    ("temperature must be positive, got -1", TemperatureScaling(-1.0), {}),
]


@pytest.mark.parametrize(("message", "adjuster", "extra"), REFUSED)
def test_wrong_settings_are_refused_at_fit(message, adjuster, extra):
    assert_refused(message, lambda: clone(adjuster).fit(X, Y, class_counts=COUNTS, **extra))


def test_a_metric_without_samples_is_refused():
    adjuster = MultiplicativeLogitAdjustment("auto", metric="few")
    assert_refused("few is not defined", lambda: adjuster.fit(X, Y, class_counts=COUNTS * 100))
