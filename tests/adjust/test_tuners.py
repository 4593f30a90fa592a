import numpy as np
import pytest

from app.adjust import METRICS, ParameterPath, Setup, exact_path, tuners
from app.adjust.curve import Optimum
from app.adjust.judge import fit_temperature
from app.adjust.metrics import Metric, class_recalls
from app.adjust.tuners import VECTOR_GAMMAS, PathTuner, VectorTuner, duel_rows, make_tuner
from app.errors import UserError

COUNTS = np.array([300, 90, 40, 9])
NORMS = np.array([1.8, 1.3, 1.1, 0.8])
BIAS = np.array([0.4, 0.1, 0.0, -0.3])
WIDE, NARROW = (-2.0, 5.0), (0.0, 3.0)


def long_tail(num_rows=240, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, num_rows)
    logits = rng.normal(size=(num_rows, 4)) + 1.5 * np.eye(4)[labels] + 0.3 * np.log(COUNTS)
    return logits, labels


X, Y = long_tail()
ROWS = np.flatnonzero(np.random.default_rng(1).random(len(Y)) < 0.6)
EVERYTHING = np.arange(len(Y))
SETUP = Setup(COUNTS, weight_norms=NORMS, bias=BIAS)
OPTIONS = {
    "mla": {},
    "ala": {},
    "1vs1": {},
    "tau-norm": {"weight_norms": NORMS, "bias": BIAS},
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", OPTIONS)
def test_tuning_on_some_rows_is_as_if_there_were_no_others(name, metric):
    tuner = make_tuner(name, X, Y, SETUP, WIDE)
    tuned = tuner.tune(ROWS, metric, NARROW)
    alone = exact_path(X[ROWS], Y[ROWS], COUNTS, name, bounds=NARROW, **OPTIONS[name])
    best = alone.best(metric)
    np.testing.assert_allclose(tuned.optimum, best, rtol=0, atol=1e-12)
    parameter = "gamma" if name in ("mla", "1vs1") else "tau"
    assert tuned.parameters == {parameter: tuned.optimum.value}
    again = tuner.bootstrap(ROWS, metric, NARROW, samples=7, seed=3)
    np.testing.assert_allclose(
        again.values, alone.bootstrap(metric, samples=7, seed=3).values, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("center", [False, True])
def test_vector_scaling_has_the_best_pair_of_its_grid(center):
    setup = Setup(COUNTS, center=center)
    tuned = make_tuner("vs", X, Y, setup, WIDE).tune(ROWS, "balanced_accuracy", NARROW)
    assert tuned.parameters["gamma"] in VECTOR_GAMMAS
    z = (X - X.mean(axis=1, keepdims=True) if center else X)[ROWS]
    metric = Metric.of("balanced_accuracy", np.bincount(Y[ROWS]), setup.groups)

    def score(gamma, tau):
        scores = z * (COUNTS / 300) ** -gamma - tau * np.log(COUNTS / COUNTS.sum())
        return metric.value(class_recalls(Y[ROWS], scores.argmax(axis=1) == Y[ROWS], 4))

    best = score(**tuned.parameters)
    for gamma in VECTOR_GAMMAS:
        for tau in np.linspace(0, 3, 41):
            assert score(gamma, tau) <= best + 1e-12


def test_of_equal_pairs_vector_scaling_takes_the_widest():
    """Hand-made: 21 paths of one sample, right on an interval that is widest for gamma = 0.5."""
    widths = np.where(np.arange(21) == 10, 2.0, 1.0)
    paths = tuple(
        ParameterPath(
            np.array([0]), np.array(["many", "few"]), NARROW,
            np.array([0]), np.array([0.5]), np.array([0.5 + width]),
        )
        for width in widths
    )  # fmt: skip
    tuned = VectorTuner(paths).tune(np.array([0]), "accuracy", NARROW)
    assert tuned.parameters == {"gamma": 0.5, "tau": 1.5}


def test_the_temperature_ignores_metric_and_bounds():
    tuner = make_tuner("temperature", X, Y, SETUP, WIDE)
    expected = {"temperature": fit_temperature(X, Y, ROWS)}
    for metric, bounds in (("accuracy", NARROW), ("few", (0.0, 0.1))):
        assert tuner.tune(ROWS, metric, bounds).parameters == expected


def test_raw_logits_have_nothing_to_tune_and_a_constant_path():
    tuner = make_tuner("raw", X, Y, SETUP, WIDE)
    assert tuner.tune(ROWS, "accuracy", NARROW) == ({}, None)
    right = X.argmax(axis=1) == Y
    for t in (-2.0, 0.7, 5.0):
        np.testing.assert_array_equal(tuner.path.correct(t), right)
    assert tuner.path.best("accuracy") == Optimum(1.5, -2.0, 5.0, pytest.approx(right.mean()))


@pytest.mark.parametrize("name", ["mla", "vs"])
def test_tuners_follow_setup_and_precision(name):
    single = X.astype(np.float32)
    for setup in (SETUP, Setup(COUNTS, center=True), Setup(COUNTS, many=50, few=41)):
        one = make_tuner(name, single, Y, setup, WIDE)
        two = make_tuner(name, single.astype(np.float64), Y, setup, WIDE)
        for metric in ("balanced_accuracy", "few"):
            assert one.tune(ROWS, metric, NARROW) == two.tune(ROWS, metric, NARROW)


def test_the_setup_reaches_the_path():
    ties = [make_tuner("1vs1", X, Y, Setup(COUNTS, ties=t), WIDE).path for t in ("margin", "head")]
    expected = [exact_path(X, Y, COUNTS, "1vs1", bounds=WIDE, ties=t) for t in ("margin", "head")]
    for found, path in zip(ties, expected, strict=True):
        np.testing.assert_array_equal(found.low, path.low)
    norms = Setup(np.full(4, 7), feature_norms=COUNTS)
    other = exact_path(X, Y, np.full(4, 7), "1vs1", feature_norms=COUNTS, bounds=WIDE)
    np.testing.assert_array_equal(make_tuner("1vs1", X, Y, norms, WIDE).path.low, other.low)
    prior = Setup(COUNTS, target_prior="train")
    shifted = exact_path(X, Y, COUNTS, "ala", target_prior="train", bounds=WIDE)
    np.testing.assert_array_equal(make_tuner("ala", X, Y, prior, WIDE).path.low, shifted.low)


@pytest.mark.parametrize("name", [*OPTIONS, "vs"])
def test_bounds_beyond_those_of_the_pass_are_refused(name):
    tuner = make_tuner(name, X, Y, SETUP, NARROW)
    with pytest.raises(UserError, match=r"bounds must increase and lie in \[0, 3\], got \(0.0, 4"):
        tuner.tune(ROWS, "accuracy", (0.0, 4.0))


def test_what_cannot_be_tuned_is_refused():
    for bounds in ((3.0, 0.0), (0.0, np.inf), None):
        with pytest.raises(UserError, match="bounds must be two increasing finite numbers, got"):
            make_tuner("vs", X, Y, SETUP, bounds)
    with pytest.raises(UserError, match="weight_norms"):
        make_tuner("tau-norm", X, Y, Setup(COUNTS), WIDE)
    with pytest.raises(UserError, match="bias must hold 4 numbers"):
        make_tuner("tau-norm", X, Y, Setup(COUNTS, weight_norms=NORMS, bias=BIAS[:2]), WIDE)
    with pytest.raises(UserError, match="rule must be one of"):
        make_tuner("platt", X, Y, SETUP, WIDE)


def test_too_many_duels_are_refused_with_the_number_that_is_not(monkeypatch):
    monkeypatch.setattr(tuners, "MOST_DUELS", 16 * 100)
    assert isinstance(make_tuner("1vs1", X[:100], Y[:100], SETUP, WIDE), PathTuner)
    with pytest.raises(UserError, match=r"240 samples of 4 classes .* give at most 100 samples"):
        make_tuner("1vs1", X, Y, SETUP, WIDE)
    monkeypatch.setattr(tuners, "MOST_DUEL_CLASSES", 3)
    with pytest.raises(UserError, match="give at most 100 samples"):
        make_tuner("1vs1", X, Y, SETUP, WIDE)


def test_duels_are_bounded_for_any_number_of_classes():
    most = tuners.MOST_DUEL_CLASSES
    for num_classes in (2, 10, 100, most, most + 1, 10**6):
        assert duel_rows(num_classes) * num_classes**2 <= tuners.MOST_DUELS
    assert duel_rows(most) >= most
    assert duel_rows(most + 1) == 0
