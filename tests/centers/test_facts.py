"""What really happens in the free-features model: the facts the page states, one test each."""

import math

import numpy as np
import pytest

from app.centers import (
    CentersSpec,
    expected,
    guess_shares,
    interval,
    model_of,
    noisy_accuracies,
    optimum_of,
    rule_accuracy,
    run,
    train,
)
from app.centers.model import start_of
from app.centers.rules import RULE_WORDS, batch_center, correct, rule_scores
from app.runs import collect
from app.theory import centers_per_class

# The toy of five classes.
COUNTS = (500, 187, 70, 26, 10)
AWARE = (1, 1, 4, 7, 17)


def ended(spec):
    return collect(spec, run(spec))


def last(model, start, steps, rate=None):
    *_, end = train(model, start, steps, rate)
    return end


# 1 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["anywhere", "center", "antipode"])
def test_1_features_go_to_the_mean_of_their_centers_from_everywhere(start):
    spec = CentersSpec(counts=(300, 300, 300), strategy="al", mean_centers=5)
    model = model_of(spec)
    X = start_of(spec, model)
    if start == "center":
        X = model.frame.centers[model.frame.starts[model.labels]] + 1e-3 * X
    if start == "antipode":
        X = 1e-2 * X - model.frame.directions[model.labels]
    end = last(model, X, 2500)
    assert end.metrics["nc_ave"] < 1e-20
    assert end.metrics["nc_std"] < 1e-20


def test_1_then_the_cosine_to_every_own_center_is_cos_alpha():
    for f, cosine in ((2, 0.721), (5, 0.481), (8, 0.399)):
        spec = CentersSpec(counts=(4, 3), strategy="al", mean_centers=f, steps=1500)
        run_ = ended(spec)
        unit = run_.arrays["unit_means"]
        frame = model_of(spec).frame
        cosines = unit @ frame.centers.T
        own = cosines[frame.owners, np.arange(frame.num_centers)]
        np.testing.assert_allclose(own, cosine, atol=5e-4)
        assert np.ptp(own) < 1e-10


def test_1_weights_and_the_norm_term_do_not_change_the_limit():
    spec = CentersSpec(counts=(6, 3, 2), strategy="al", steps=4000)
    plain, other = ended(spec), ended(spec.model_copy(update={"norm_decay": 0.2}))
    np.testing.assert_allclose(plain.arrays["unit_means"], other.arrays["unit_means"], atol=1e-10)


# 2 --------------------------------------------------------------------------------------------


def collapse_after(strategy, f, steps):
    """NC of a feature 60 degrees from its mean direction, at rate 0.05 on the unweighted loss."""
    spec = CentersSpec(
        counts=(1, 1), strategy=strategy, mean_centers=f, norm_decay=0.0, dim=2 * f + 6
    )
    model = model_of(spec)
    target = model.frame.directions
    aside = np.random.default_rng(5).normal(size=target.shape)
    aside -= (aside * target).sum(axis=1, keepdims=True) * target
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    start = math.cos(math.pi / 3) * target + math.sin(math.pi / 3) * aside
    rate = 0.05 / model.frame.cos_alpha[0]
    return [last(model, start, step, rate).metrics["nc_ave"] for step in steps]


def test_2_one_center_collapses_like_one_over_t():
    found = collapse_after("single", 1, (100, 1000, 10_000))
    np.testing.assert_allclose(found, [9.5e-2, 1.0e-2, 1.0e-3], rtol=0.15)


def test_2_more_centers_collapse_exponentially():
    found = collapse_after("al", 2, (100, 200, 400))
    assert found[0] == pytest.approx(1.3e-4, rel=1)
    rates = np.log(found[1] / found[0]) / 100, np.log(found[2] / found[1]) / 200
    assert rates[0] == pytest.approx(rates[1], rel=0.05)
    assert collapse_after("al", 2, (1000,))[0] < 1e-28


def test_2_loss_p_collapses_exponentially_also_with_one_center():
    spec = CentersSpec(counts=(30, 9, 2), loss="p", strategy="single", steps=2000)
    assert ended(spec).metrics["nc_ave"] < 1e-25


# 3 --------------------------------------------------------------------------------------------


def test_3_training_on_the_nearest_center_ends_at_single_centers():
    spec = CentersSpec(counts=(30, 18, 6), strategy="al", mean_centers=2, loss="nearest", seed=3)
    run_ = ended(spec)
    assert run_.metrics["objective"] < 1e-4
    model = model_of(spec)
    unit = run_.arrays["features"] / np.linalg.norm(run_.arrays["features"], axis=1)[:, None]
    cosines = unit @ model.frame.centers.T
    assert cosines.max(axis=1).min() > 1 - 5e-3
    taken = np.bincount(cosines.argmax(axis=1), minlength=6).reshape(3, 2)
    np.testing.assert_array_equal(taken.sum(axis=1), spec.counts)
    assert (taken[:2] > 0).all()


# 4, 5, 6 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["cal", "al", "single"])
def test_4_on_collapsed_features_no_rule_differs(strategy):
    model = model_of(CentersSpec(counts=COUNTS, strategy=strategy, mean_centers=6))
    directions = model.frame.directions
    center = batch_center(model.counts, directions)
    for rule in ("rcr", "gcr", "ncc"):
        assert correct(rule_scores(rule, directions, model.frame, center), np.arange(5)).all()


def test_5_more_centers_give_a_larger_margin_to_the_class_vector():
    counts = [int(5000 * 0.01 ** (k / 9)) for k in range(10)]
    spec = CentersSpec(counts=tuple(n // 50 for n in counts), mean_centers=20, steps=600)
    frame = model_of(spec).frame
    assert (np.diff(frame.cos_rho) >= 0).all()
    np.testing.assert_allclose(frame.cos_rho[[0, -1]], [0.20, 0.87], atol=0.02)
    run_ = ended(spec)
    scores = run_.arrays["unit_means"][:, :10]
    found = frame.per_class > 1
    np.testing.assert_allclose(scores[found], np.diag(frame.cos_rho)[found], atol=1e-3)


def test_6_centring_subtracts_an_additive_term_from_each_score():
    for strategy, shifts in (
        ("cal", [0.125, 0.047, 0.033, 0.015, 0.008]),
        ("al", [0.28, None, None, None, None]),
    ):
        model = model_of(CentersSpec(counts=COUNTS, strategy=strategy, mean_centers=6))
        center = batch_center(model.counts, model.frame.directions)
        features = np.random.default_rng(0).normal(size=(7, model.frame.dim))
        plain = rule_scores("rcr", features, model.frame)
        centred = rule_scores("rcr-bn", features, model.frame, center)
        prior = model.counts / model.counts.sum() * model.frame.cos_rho
        np.testing.assert_allclose(plain - centred, np.tile(prior, (7, 1)), atol=1e-12)
        for found, wanted in zip(prior, shifts, strict=True):
            assert wanted is None or found == pytest.approx(wanted, abs=2e-3)


# 7 --------------------------------------------------------------------------------------------

LABEL_SHARES = np.array([0.05, 0.10, 0.15, 0.25, 0.45])


def test_7_more_centers_only_shift_the_guess_on_features_that_are_hard_to_predict():
    centers = np.array(AWARE)
    guesses = guess_shares(np.full(5, 1 / centers.sum()), math.sqrt(0.05), centers)
    np.testing.assert_allclose(guesses, centers / centers.sum(), atol=1e-9)
    assert guesses @ LABEL_SHARES == pytest.approx(0.338, abs=5e-4)
    np.testing.assert_allclose(guess_shares(np.zeros(5), 0.2), 0.2, atol=1e-9)


def test_7_in_the_real_frame_gcr_is_below_rcr_where_features_are_hard():
    centers = np.array(AWARE)
    offsets = (math.cos(0.2) ** 2 / centers + math.sin(0.2) ** 2) / 5
    squares = (1e-5, 1e-3, 1e-2, 1e-1, 1.0)
    found = [guess_shares(offsets, math.sqrt(s), centers, 0.2) @ LABEL_SHARES for s in squares]
    np.testing.assert_allclose(found, [0.073, 0.076, 0.170, 0.296, 0.326], atol=4e-3)
    assert guess_shares(offsets, 1e-3, centers, 0.2)[:2].sum() > 0.999


def test_7_the_middle_point_of_the_real_frame_is_what_is_said():
    frame = model_of(CentersSpec(counts=COUNTS, mean_centers=6)).frame
    point = frame.means.mean(axis=0)
    offsets = (math.cos(0.2) ** 2 / frame.per_class + math.sin(0.2) ** 2) / 5
    np.testing.assert_allclose(frame.centers @ point, offsets[frame.owners], atol=1e-12)
    scores = frame.classifier @ point
    np.testing.assert_allclose(scores, scores[0], atol=1e-12)


# 8 --------------------------------------------------------------------------------------------

NOISY = {
    ("cal", "rcr"): ([0.35, 0.35, 0.52, 0.61, 0.75], 0.516),
    ("cal", "rcr-bn"): ([0.27, 0.35, 0.53, 0.64, 0.78], 0.513),
    ("cal", "gcr"): ([0.78, 0.78, 0.73, 0.77, 0.90], 0.790),
    ("cal", "ncc"): ([0.93] * 5, 0.930),
    ("al", "rcr"): ([0.58] * 5, 0.582),
    ("al", "gcr"): ([0.76] * 5, 0.760),
    ("single", "rcr"): ([0.93] * 5, 0.932),
    ("single", "gcr"): ([0.93] * 5, 0.932),
    ("single", "ncc"): ([0.93] * 5, 0.932),
}


@pytest.mark.parametrize(("strategy", "rule"), NOISY)
def test_8_noisy_balanced_test(strategy, rule):
    centers = {"cal": AWARE, "al": [6] * 5, "single": [1] * 5}[strategy]
    theta = math.pi / 2 if strategy == "single" else 0.2
    found = rule_accuracy(rule, COUNTS, centers, theta, 0.35)
    by_class, mean = NOISY[strategy, rule]
    np.testing.assert_allclose(found, by_class, atol=0.012)
    assert found.mean() == pytest.approx(mean, abs=4e-3)


@pytest.mark.parametrize("strategy", ["cal", "al"])
def test_8_sampling_agrees_with_the_integral(strategy):
    spec = CentersSpec(counts=COUNTS, mean_centers=6, strategy=strategy)
    model = model_of(spec)
    measured = noisy_accuracies(
        model.frame, model.frame.directions, np.arange(5), model.counts, 0.35, seeds=6
    )
    for rule in RULE_WORDS:
        exact = rule_accuracy(rule, COUNTS, model.frame.per_class, 0.2, 0.35)
        error = np.sqrt(exact * (1 - exact) / (6 * 2000))
        assert (np.abs(measured[rule].mean(axis=0) - exact) < 5 * error).all()
        mean, low, high = interval(measured[rule].mean(axis=1))
        assert low < mean < high
        assert low - 0.01 < exact.mean() < high + 0.01


# and the others -------------------------------------------------------------------------------


@pytest.mark.parametrize("update", [{}, {"dim": 30}, {"theta": 1.2}])
def test_loss_p_ends_at_its_optimum(update):
    spec = CentersSpec(counts=(40, 18, 8, 4), loss="p", mean_centers=4, steps=3000, **update)
    run_, optimum = ended(spec), optimum_of(model_of(spec))
    assert run_.metrics["objective"] == pytest.approx(optimum.objective, rel=1e-12)
    norms = np.linalg.norm(run_.arrays["means"], axis=1)
    np.testing.assert_allclose(norms**2, optimum.feature_norms_squared, rtol=1e-5)


@pytest.mark.parametrize(("strategy", "tail"), [("al", 0.0), ("cal", 0.459)])
def test_a_collapsed_tail_class_is_rescued_by_more_centers(strategy, tail):
    spec = CentersSpec(
        counts=(20, 6, 3, 1),
        loss="p",
        frame="learned",
        strategy=strategy,
        mean_centers=2,
        weight_decay=0.06,
        feature_decay=0.012,
    )
    run_, optimum = ended(spec), optimum_of(model_of(spec))
    assert run_.arrays["lengths"][3] ** 2 == pytest.approx(tail, abs=1e-3)
    np.testing.assert_allclose(
        run_.arrays["lengths"] ** 2, optimum.classifier_norms_squared, atol=1e-4
    )
    assert run_.metrics["objective"] == pytest.approx(optimum.objective, rel=1e-8)


@pytest.mark.parametrize(
    "settings",
    [
        {"strategy": "al"},
        {"strategy": "al", "theta": 0.0},
        {"loss": "p"},
        {"loss": "nearest", "strategy": "al"},
        {"loss": "ce", "steps": 20_000, "norm_decay": 0.05},
    ],
    ids=str,
)
def test_metrics_end_at_the_levels_of_theory(settings):
    spec = CentersSpec(**({"counts": (30, 9, 3), "mean_centers": 4} | settings))
    run_, levels = ended(spec), expected(model_of(spec)).levels
    assert {"nc_ave", "variability", "center_distance"} <= levels.keys()
    # Towards a single center features creep like 1 / t.
    tolerance = 2e-2 if spec.loss == "nearest" else 1e-3
    for name, level in levels.items():
        assert run_.metrics[name] == pytest.approx(level, rel=tolerance, abs=2e-3), name


def test_default_frame_and_cal_of_the_toy():
    assert centers_per_class(COUNTS, 6).tolist() == list(AWARE)
    assert CentersSpec().per_class.tolist() == [1, 2, 6]
    assert CentersSpec().needed_dim == 12
