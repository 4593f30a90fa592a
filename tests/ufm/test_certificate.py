"""The dual bound against optima that are known, and against convex solvers written here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ufm.batch import solve_batch
from app.ufm.certificate import certificate, certificates, why_no_bound
from app.ufm.problem import objective, problem_of
from app.ufm.spec import UFMSpec

STEP = (50,) * 5 + (5,) * 5


def spec_of(counts=STEP, dim=10, decay=5e-4, **fields):
    return UFMSpec(
        counts=counts, dim=dim, **{"weight_decay": decay, "feature_decay": decay, **fields}
    )


def solution(problem):
    """W, U and b of the best point found."""
    found = solve_batch([problem])
    return found.classifier[0], found.means[0] * np.sqrt(problem.copies)[:, None], found.bias[0]


def random_point(problem, seed, size=1.0):
    rng = np.random.default_rng(seed)
    W, U = size * rng.standard_normal((2, problem.num_classes, problem.dim))
    if problem.fixed_classifier is not None:
        W = problem.fixed_classifier
    b = size * rng.standard_normal(problem.num_classes) if problem.bias else np.zeros(len(W))
    return W, np.abs(U) if problem.relu else U, b


def proximal_optimum(counts, lam, steps=4000):
    """Least CE + lam ||X||_* by accelerated proximal gradient over X, sharing no code."""
    counts = np.asarray(counts, float)
    roots, share, identity = np.sqrt(counts), counts / counts.sum(), np.eye(len(counts))
    X = V = np.zeros_like(identity)
    t, rate = 1.0, 2.0 * counts.sum()
    for _ in range(steps):
        p = np.exp(V / roots)
        p /= p.sum(axis=0)
        left, values, right = np.linalg.svd(V - rate * (p - identity) * share / roots)
        new = (left * np.maximum(values - rate * lam, 0)) @ right
        t, before = (1 + np.sqrt(1 + 4 * t * t)) / 2, t
        X, V = new, new + (before - 1) / t * (new - X)
    z = X / roots
    losses = np.log(np.exp(z).sum(axis=0)) - np.diag(z)
    return share @ losses + lam * np.linalg.norm(X, "nuc")


def scaled_bound(counts, lam, Z):
    """The bound of one feasible point, written out for cross-entropy."""
    counts = np.asarray(counts, float)
    p = np.exp(Z - Z.max(axis=0))
    p /= p.sum(axis=0)
    residuals = np.eye(len(counts)) - p
    norm = np.linalg.norm(residuals * np.sqrt(counts) / counts.sum(), 2)
    q = np.eye(len(counts)) - min(1.0, lam / norm) * residuals
    return counts / counts.sum() @ -(q * np.log(q)).sum(axis=0)


@pytest.mark.parametrize("decay", [5e-4, 5e-3, 1e-2])
def test_bound_meets_a_convex_solver(decay):
    best = proximal_optimum(STEP, decay)
    problem = problem_of(spec_of(decay=decay))
    found = certificate(problem, *solution(problem))
    assert found.lower_bound <= best + 1e-12
    assert found.lower_bound == pytest.approx(best, rel=1e-6)
    assert found.ratio == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("size", [1e-3, 1e-2, 0.1])
def test_bound_near_the_optimum_is_at_least_the_plain_one(size):
    problem = problem_of(spec_of())
    W, U, b = solution(problem)
    noise = np.random.default_rng(0).standard_normal((2, *W.shape))
    W, U = W + size * noise[0], U + size * noise[1]
    found = certificate(problem, W, U, b)
    plain = scaled_bound(STEP, 5e-4, W @ U.T / np.sqrt(STEP))
    assert plain <= found.lower_bound <= 0.1466216836
    assert found.lower_bound - plain > 0.3 * (0.1466216836 - plain)
    assert found.gap == found.objective - found.lower_bound


def test_only_the_product_of_the_decays_counts():
    Z = 3 * np.eye(10)
    U, W = np.diag(np.sqrt(STEP)), Z
    bounds = [
        certificate(problem_of(spec_of(weight_decay=a, feature_decay=c)), W, U, np.zeros(10))
        for a, c in ((1e-3, 1e-3), (1e-5, 1e-1))
    ]
    assert bounds[0].lower_bound == pytest.approx(bounds[1].lower_bound, rel=1e-12)
    assert bounds[0].ratio == pytest.approx(bounds[1].ratio, rel=1e-12)


@pytest.mark.parametrize("decay", [0.02, 5e-4])
def test_saddle_at_the_origin_is_told_from_complete_collapse(decay):
    """W = H = 0 is stationary always, and optimal from N lam = sqrt(n_A) on: decay .0257 here."""
    problem = problem_of(spec_of(decay=decay))
    zero = np.zeros((10, 10))
    found = certificate(problem, zero, zero, np.zeros(10))
    assert found.objective == pytest.approx(np.log(10))
    assert found.ratio > 1.0
    collapsed = certificate(problem_of(spec_of(decay=0.026)), zero, zero, np.zeros(10))
    assert collapsed.ratio < 1.0
    assert collapsed.gap == pytest.approx(0.0, abs=1e-14)


def test_a_trajectory_at_once_equals_its_points():
    problem = problem_of(spec_of(loss="vs", gamma=0.3, tau=1.0, bias=True, bias_decay=0.1))
    points = [random_point(problem, seed, 0.1 * seed) for seed in range(5)]
    many = certificates(problem, *(np.stack(parts) for parts in zip(*points, strict=True)))
    for t, point in enumerate(points):
        one = certificate(problem, *point)
        assert many.objective[t] == pytest.approx(one.objective, rel=1e-14)
        assert many.objective[t] == pytest.approx(objective(problem, *point), rel=1e-12)
        assert many.lower_bound[t] == pytest.approx(one.lower_bound, rel=1e-9, abs=1e-12)
        assert many.ratio[t] == pytest.approx(one.ratio, rel=1e-9)


@pytest.mark.parametrize("bias_decay", [0.0, 1e-3, 1.0])
@pytest.mark.parametrize("loss", ["ce", "la", "cdt", "ldt", "mse"])
def test_bias_has_a_bound_that_is_tight(loss, bias_decay):
    problem = problem_of(spec_of(loss=loss, gamma=0.5, tau=1.0, bias=True, bias_decay=bias_decay))
    W, U, b = solution(problem)
    best = certificate(problem, W, U, b)
    assert 0 <= best.gap + 1e-12 <= 1e-6 * best.objective + 1e-12
    # Away from it as well, also with the wrong bias.
    for seed in range(3):
        away = random_point(problem, seed, 0.3)
        assert certificate(problem, *away).lower_bound <= best.objective + 1e-12


def test_a_bias_can_only_help():
    """With a stiffer and stiffer bias the optimum rises to the one without."""
    values = [
        certificate(problem, *solution(problem)).lower_bound
        for problem in (
            problem_of(spec_of(bias=True)),
            problem_of(spec_of(bias=True, bias_decay=0.01)),
            problem_of(spec_of(bias=True, bias_decay=10.0)),
            problem_of(spec_of()),
        )
    ]
    assert values == sorted(values)
    assert values[0] < 0.95 * values[-1]


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("loss", ["ce", "vs", "mse"])
def test_fixed_classifier(loss, bias, relu):
    problem = problem_of(
        spec_of(loss=loss, gamma=0.3, tau=1.0, bias=bias, relu=relu, classifier="etf")
    )
    W, U, b = solution(problem)
    best = certificate(problem, W, U, b)
    assert abs(best.gap) <= 1e-7 * best.objective
    assert np.isnan(best.ratio)
    near = certificate(problem, W, 1.001 * U, b)
    assert near.gap > 0
    assert near.lower_bound <= best.objective
    assert near.lower_bound == pytest.approx(best.objective, rel=0.1)


def test_a_point_that_is_not_finite_does_not_spoil_the_others():
    problem = problem_of(spec_of(bias=True))
    points = [random_point(problem, seed) for seed in range(3)]
    W, U, b = (np.stack(parts) for parts in zip(*points, strict=True))
    W[1, 2, 3] = np.nan
    found = certificates(problem, W, U, b)
    assert np.isfinite(found.lower_bound).tolist() == [True, False, True]
    assert np.isnan(found.ratio).tolist() == [False, True, False]


def test_no_bound_is_said_in_words():
    focal = problem_of(spec_of(loss="focal"))
    free = problem_of(spec_of(weight_decay=0.0))
    for problem, word in ((focal, "convex"), (free, "decay")):
        found = certificate(problem, *random_point(problem, 0))
        assert np.isnan([found.lower_bound, found.gap, found.ratio]).all()
        assert np.isfinite(found.objective)
        assert word in why_no_bound(problem)
    assert why_no_bound(problem_of(spec_of())) == ""
    assert why_no_bound(problem_of(spec_of(loss="focal", focusing=0.0))) == ""


SPECS = st.builds(
    UFMSpec,
    counts=st.lists(st.integers(1, 300), min_size=2, max_size=5).map(tuple),
    dim=st.integers(4, 8),
    loss=st.sampled_from(["ce", "wce", "la", "cdt", "ldt", "vs", "ldam", "mse"]),
    gamma=st.floats(-1.0, 1.0),
    tau=st.floats(-1.0, 2.0),
    weight_decay=st.floats(-12, 0).map(lambda e: 10.0**e),
    feature_decay=st.floats(-6, 0).map(lambda e: 10.0**e),
    bias=st.booleans(),
    bias_decay=st.sampled_from([0.0, 1e-2, 1.0]),
    convention=st.sampled_from(["mean", "sum"]),
    relu=st.booleans(),
    classifier=st.sampled_from(["learned", "learned", "etf"]),
)


@settings(max_examples=60, deadline=None)
@given(SPECS, st.integers(0, 10**6), st.floats(-2, 1))
def test_bound_is_never_above_the_best_objective(spec, seed, size):
    problem = problem_of(spec)
    W, U, b = solution(problem)
    best = certificate(problem, W, U, b)
    slack = 1e-11 * max(1.0, best.objective)
    assert best.lower_bound <= best.objective + slack
    away = random_point(problem, seed, 10.0**size)
    found = certificate(problem, *away)
    assert found.objective >= best.objective - slack
    assert found.lower_bound <= best.objective + slack
    between = certificate(
        problem, *(0.9 * p + 0.1 * q for p, q in zip((W, U, b), away, strict=True))
    )
    assert between.lower_bound <= best.objective + slack
