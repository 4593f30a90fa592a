"""Estimators whose parameters are "auto"."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import balanced_accuracy_score, log_loss

from app.adjust import exact_path
from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
    TemperatureScaling,
    VectorScaling,
)
from tests.adjust.estimators import COUNTS, NORMS, PATHS, X, Y, fitted, long_tail


@pytest.mark.parametrize("metric", ["balanced_accuracy", "accuracy", "worst_class", "few"])
@pytest.mark.parametrize(("kind", "name", "rule"), PATHS)
def test_auto_is_the_optimum_of_the_exact_path(kind, name, rule, metric):
    adjuster = fitted(kind, "auto", metric=metric)
    norms = NORMS if rule == "tau-norm" else None
    best = exact_path(X, Y, COUNTS, rule, weight_norms=norms).best(metric)
    assert getattr(adjuster, f"{name}_") == best.value
    assert adjuster.optimum_ == best


@pytest.mark.parametrize(("kind", "name", "rule"), PATHS)
def test_auto_is_never_worse_than_a_fine_grid(kind, name, rule):
    tuned = balanced_accuracy_score(Y, fitted(kind, "auto").predict(X))
    assert tuned == pytest.approx(fitted(kind, "auto").optimum_.score, abs=1e-12)
    for value in np.linspace(0, 3, 301):
        assert balanced_accuracy_score(Y, fitted(kind, value).predict(X)) <= tuned + 1e-12


def test_auto_keeps_to_its_bounds():
    for kind, name, _ in PATHS:
        adjuster = fitted(kind, "auto", bounds=(0.05, 0.1))
        assert 0.05 <= getattr(adjuster, f"{name}_") <= 0.1


def test_auto_respects_centring_and_ties():
    for center in (False, True):
        best = exact_path(X, Y, COUNTS, "mla", center=center).best("balanced_accuracy")
        assert fitted(MultiplicativeLogitAdjustment, "auto", center=center).gamma_ == best.value
    for ties in ("margin", "head"):
        best = exact_path(X, Y, COUNTS, "1vs1", ties=ties).best("balanced_accuracy")
        assert fitted(OneVsOneAdjustment, "auto", ties=ties).gamma_ == best.value


@pytest.mark.parametrize("seed", range(3))
def test_tuned_vector_scaling_beats_both_of_its_parts(seed):
    logits, labels = long_tail(seed=seed)
    data = {"logits": logits, "labels": labels}
    both = fitted(VectorScaling, "auto", "auto", **data)
    tuned = balanced_accuracy_score(labels, both.predict(logits))
    additive = fitted(AdditiveLogitAdjustment, "auto", **data)
    assert tuned >= balanced_accuracy_score(labels, additive.predict(logits)) - 1e-12
    for gamma in np.linspace(0, 1, 21):
        alone = fitted(MultiplicativeLogitAdjustment, gamma, **data)
        assert tuned >= balanced_accuracy_score(labels, alone.predict(logits)) - 1e-12


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_tuned_temperature_has_the_largest_likelihood(factor):
    logits = factor * X
    adjuster = fitted(TemperatureScaling, logits=logits)
    found = minimize_scalar(
        lambda log_t: log_loss(Y, softmax(logits / np.exp(log_t))), bounds=(-4, 4)
    )
    assert adjuster.temperature_ == pytest.approx(np.exp(found.x), rel=1e-3)
    assert log_loss(Y, softmax(adjuster.decision_function(logits))) <= found.fun + 1e-9


def softmax(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def test_fitting_again_forgets_the_last_fit():
    adjuster = fitted(MultiplicativeLogitAdjustment, "auto")
    assert adjuster.optimum_ is not None
    adjuster.set_params(gamma=0.25).fit(X[:, :3] + 0.0, np.minimum(Y, 2), class_counts=[9, 5, 1])
    assert (adjuster.gamma_, adjuster.n_features_in_, adjuster.optimum_) == (0.25, 3, None)
