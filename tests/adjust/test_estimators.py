"""The adjusters as scikit-learn estimators.

scikit-learn's own `check_estimator` is not run: it calls ``fit(X, y)`` on data of any width and
labels of any kind, while an adjuster needs the training counts and one logit a class.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from app.adjust import exact_path
from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    TemperatureScaling,
    VectorScaling,
)
from app.errors import UserError

COUNTS = np.array([400, 150, 60, 25, 10])
NORMS = np.array([2.0, 1.7, 1.4, 1.2, 1.0])
BIAS = np.array([0.3, 0.1, 0.0, -0.2, -0.1])
ALL = [
    MultiplicativeLogitAdjustment,
    AdditiveLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    VectorScaling,
    TemperatureScaling,
]
# One parameter, tuned on its exact path.
PATHS = [
    (MultiplicativeLogitAdjustment, "gamma", "mla"),
    (AdditiveLogitAdjustment, "tau", "ala"),
    (OneVsOneAdjustment, "gamma", "1vs1"),
    (TauNormalization, "tau", "tau-norm"),
]


def long_tail(counts=COUNTS, per_class=60, seed=0):
    """Balanced logits that favour the head, as a classifier trained on the counts gives."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), per_class)
    logits = rng.normal(size=(labels.size, len(counts))) + 1.5 * np.eye(len(counts))[labels]
    order = rng.permutation(labels.size)
    return (logits + 0.4 * np.log(counts / np.mean(counts)))[order], labels[order]


X, Y = long_tail()


def strengths(kind):
    """Names of the parameters that can be "auto"."""
    return [name for name in kind().get_params() if name in ("gamma", "tau", "temperature")]


def needs(kind):
    """What `fit` needs besides logits and labels."""
    return {"class_counts": COUNTS} | ({"weight_norms": NORMS} if kind is TauNormalization else {})


def fitted(kind, *args, counts=COUNTS, logits=X, labels=Y, **settings):
    extra = {} if kind is not TauNormalization else {"weight_norms": NORMS}
    return kind(*args, **settings).fit(logits, labels, class_counts=counts, **extra)


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


# The scikit-learn contract


@pytest.mark.parametrize("kind", ALL)
def test_settings_can_be_read_set_and_cloned(kind):
    adjuster, name = kind(), strengths(kind)[0]
    settings = adjuster.get_params()
    adjuster.set_params(**{name: 0.75})
    copy = clone(adjuster.fit(X, Y, **needs(kind)))
    assert copy.get_params() == settings | {name: 0.75}
    assert not hasattr(copy, "class_counts_")
    assert f"{name}=0.75" in repr(copy)


def test_a_clone_keeps_an_array_setting():
    prior = np.array([0.4, 0.3, 0.1, 0.1, 0.1])
    copy = clone(AdditiveLogitAdjustment(target_prior=prior))
    np.testing.assert_array_equal(copy.target_prior, prior)


@pytest.mark.parametrize("kind", ALL)
def test_fitting_returns_itself_and_leaves_settings_alone(kind):
    adjuster = kind()
    before = adjuster.get_params()
    assert adjuster.fit(X, Y, **needs(kind)) is adjuster
    assert adjuster.get_params() == before
    np.testing.assert_array_equal(adjuster.classes_, np.arange(5))
    np.testing.assert_array_equal(adjuster.class_counts_, COUNTS)
    assert adjuster.n_features_in_ == 5


@pytest.mark.parametrize("kind", ALL)
def test_predictions_are_those_of_the_largest_score(kind):
    adjuster = fitted(kind)
    scores = adjuster.decision_function(X)
    assert scores.shape == X.shape
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(adjuster.predict(X), scores.argmax(axis=1))
    assert adjuster.score(X, Y) == np.mean(adjuster.predict(X) == Y)
    assert adjuster.predict(X[:0]).shape == (0,)


@pytest.mark.parametrize("kind", ALL)
def test_unfitted_adjusters_say_so(kind):
    with pytest.raises(NotFittedError):
        kind().predict(X)
    with pytest.raises(NotFittedError):
        kind().decision_function(X)


@pytest.mark.parametrize("kind", ALL)
def test_fitted_adjusters_can_be_pickled(kind):
    adjuster = fitted(kind)
    again = pickle.loads(pickle.dumps(adjuster))
    np.testing.assert_array_equal(again.decision_function(X), adjuster.decision_function(X))


@pytest.mark.parametrize("kind", ALL)
def test_cross_validation_passes_the_counts(kind):
    found = cross_val_score(
        kind(), X, Y, cv=StratifiedKFold(3), scoring="balanced_accuracy", params=needs(kind)
    )
    expected = [
        balanced_accuracy_score(
            Y[judge], kind().fit(X[tune], Y[tune], **needs(kind)).predict(X[judge])
        )
        for tune, judge in StratifiedKFold(3).split(X, Y)
    ]
    np.testing.assert_allclose(found, expected)


def test_grid_search_finds_the_best_of_its_grid():
    grid = np.linspace(0, 1.5, 7)
    search = GridSearchCV(
        MultiplicativeLogitAdjustment(), {"gamma": grid}, scoring="balanced_accuracy", cv=3
    ).fit(X, Y, class_counts=COUNTS)
    folds = list(StratifiedKFold(3).split(X, Y))
    scale = COUNTS / COUNTS.max()
    means = [
        np.mean(
            [
                balanced_accuracy_score(Y[judge], (X[judge] * scale**-g).argmax(axis=1))
                for _, judge in folds
            ]
        )
        for g in grid
    ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], means)
    assert search.best_params_["gamma"] == grid[np.argmax(means)]
    assert search.best_estimator_.gamma_ == grid[np.argmax(means)]


def test_grid_search_can_choose_between_theory_and_tuning():
    grid = {"gamma": [0.5, "auto"], "center": [False, True]}
    search = GridSearchCV(MultiplicativeLogitAdjustment(), grid, cv=3)
    search.fit(X, Y, class_counts=COUNTS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_pipeline_passes_the_counts_to_its_step():
    pipeline = Pipeline(
        [("logs", FunctionTransformer(np.log)), ("mla", MultiplicativeLogitAdjustment("auto"))]
    ).fit(np.exp(X), Y, mla__class_counts=COUNTS)
    alone = fitted(MultiplicativeLogitAdjustment, "auto")
    assert pipeline["mla"].gamma_ == pytest.approx(alone.gamma_, abs=1e-9)
    np.testing.assert_array_equal(pipeline.predict(np.exp(X)), alone.predict(X))


# The formulas


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


# Tuning


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


def test_a_refused_fit_leaves_the_adjuster_unfitted():
    adjuster = MultiplicativeLogitAdjustment(gamma="best")
    with pytest.raises(UserError):
        adjuster.fit(X, Y, class_counts=COUNTS)
    with pytest.raises(NotFittedError):
        adjuster.predict(X)


# Input of every kind


@pytest.mark.parametrize("kind", ALL)
def test_float32_logits_are_judged_as_the_float64_numbers_they_are(kind):
    single = X.astype(np.float32)
    adjuster = fitted(kind, logits=single)
    same = fitted(kind, logits=single.astype(np.float64))
    assert adjuster.decision_function(single).dtype == np.float64
    np.testing.assert_array_equal(
        adjuster.decision_function(single), same.decision_function(single.astype(np.float64))
    )


@pytest.mark.parametrize("kind", ALL)
def test_input_may_be_read_only_and_is_never_changed(kind):
    logits, labels, counts = X.copy(), Y.copy(), COUNTS.copy()
    for array in (logits, labels, counts):
        array.flags.writeable = False
    tuned = kind(**dict.fromkeys(strengths(kind), "auto"))
    tuned.fit(logits, labels, **(needs(kind) | {"class_counts": counts})).predict(logits)
    np.testing.assert_array_equal(logits, X)
    np.testing.assert_array_equal(labels, Y)


def test_lists_and_small_integers_will_do():
    adjuster = MultiplicativeLogitAdjustment("auto").fit(
        [[2, 1], [1, 2], [3, 1]], [0, 1, 1], class_counts=[9, 1]
    )
    # The first row needs 9 ** gamma < 2; the last, which needs 9 ** gamma > 3, is given up.
    assert adjuster.optimum_.score == 0.75
    assert adjuster.optimum_[1:3] == pytest.approx((0, np.log(2) / np.log(9)))
    small = MultiplicativeLogitAdjustment().fit(X, Y.astype(np.uint8), class_counts=COUNTS)
    np.testing.assert_array_equal(
        small.predict(X), fitted(MultiplicativeLogitAdjustment).predict(X)
    )


def test_two_classes():
    logits, labels = long_tail(np.array([90, 10]))
    for kind in (MultiplicativeLogitAdjustment, AdditiveLogitAdjustment, OneVsOneAdjustment):
        adjuster = kind("auto").fit(logits, labels, class_counts=[90, 10])
        assert adjuster.decision_function(logits).shape == (120, 2)
        found = balanced_accuracy_score(labels, adjuster.predict(logits))
        assert found == pytest.approx(adjuster.optimum_.score, abs=1e-12)
    centred = MultiplicativeLogitAdjustment(2.0, center=True)
    centred.fit(logits, labels, class_counts=[90, 10])
    np.testing.assert_array_equal(centred.predict(logits), logits.argmax(axis=1))


def test_equal_counts_change_no_prediction():
    for kind in (MultiplicativeLogitAdjustment, AdditiveLogitAdjustment, OneVsOneAdjustment):
        adjuster = fitted(kind, "auto", counts=np.full(5, 50))
        assert (adjuster.optimum_.low, adjuster.optimum_.high) == (0, 3)
        if kind is not OneVsOneAdjustment:
            np.testing.assert_array_equal(adjuster.predict(X), X.argmax(axis=1))


# Refusals


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


# Imports


def test_the_package_loads_scikit_learn_only_when_an_estimator_is_used():
    code = (
        "import sys, app.adjust\n"
        "assert not any(m.split('.')[0] == 'sklearn' for m in sys.modules), 'too early'\n"
        "app.adjust.MultiplicativeLogitAdjustment()\n"
        "from app.adjust import TauNormalization\n"
        "assert 'sklearn' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_unknown_names_of_the_package_are_attribute_errors():
    import app.adjust

    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = app.adjust.Nonsense
    for name in app.adjust.__all__:
        assert getattr(app.adjust, name) is not None
