"""Optima against closed forms, published thresholds and solvers that share no code."""

import numpy as np
import pytest
from scipy.optimize import minimize

from app.errors import UserError
from app.losses import loss_form
from app.theory import relu_collapse, seli, step_optimum, step_problem
from app.ufm import descent
from app.ufm.certificate import certificate
from app.ufm.problem import problem_of, value_and_gradient
from app.ufm.solve import solve
from app.ufm.spec import UFMSpec
from app.ufm.stack import stack_of

STEP = (50,) * 5 + (5,) * 5


def spec_of(counts=STEP, dim=10, decay=5e-4, **fields):
    return UFMSpec(
        counts=counts, dim=dim, **{"weight_decay": decay, "feature_decay": decay, **fields}
    )


def distance(a, b):
    """Of two matrices, up to scale."""
    return np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b))


def best_of_starts(problem, starts, size=0.5):
    """Least objective that SciPy finds from random points."""
    K, d = problem.num_classes, problem.dim
    cut, end = K * d, 2 * K * d

    def value_and_slope(x):
        W, U = x[:cut].reshape(K, d), x[cut:end].reshape(K, d)
        if problem.fixed_classifier is not None:
            W = problem.fixed_classifier
        value, *slopes = value_and_gradient(problem, W, U, x[end:])
        return value, np.concatenate([slope.ravel() for slope in slopes])

    low = [0.0 if problem.relu and cut <= t < end else None for t in range(end + K)]
    rng = np.random.default_rng(0)
    return min(
        minimize(
            value_and_slope,
            np.append(size * np.abs(rng.standard_normal(end)), np.zeros(K)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(bound, None) for bound in low],
            options={"maxiter": 5000, "maxfun": 5000, "ftol": 1e-15, "gtol": 1e-10},
        ).fun
        for _ in range(starts)
    )


@pytest.mark.parametrize(
    ("decay", "least"),
    [(5e-4, 0.1466216836), (5e-3, 0.9498489619), (1e-2, 1.5105899475), (2e-2, 2.1699012850)],
)
def test_known_optima_of_cross_entropy(decay, least):
    metrics = solve(spec_of(dim=64, decay=decay)).metrics
    assert metrics["objective"] == pytest.approx(least, abs=1e-9)
    assert metrics["lower_bound"] == pytest.approx(least, rel=1e-8)
    assert metrics["gap"] <= 1e-8 * least
    assert metrics["ratio"] == pytest.approx(1.0, abs=1e-7)
    assert metrics["gradient_norm"] < 1e-8


@pytest.mark.parametrize("decay", [1e-7, 1e-5, 3e-4, 5e-3, 2e-2])
@pytest.mark.parametrize("loss", ["ce", "wce", "la", "cdt", "ldt", "vs", "ldam"])
def test_two_class_sizes_have_a_closed_form(loss, decay):
    """It is found from four scalar equations (`app.theory.step_optimum`)."""
    form = loss_form(loss, STEP, gamma=0.5, tau=1.0)
    problem = step_problem(STEP, 5, form.multipliers, form.offsets, form.weights)
    theory = step_optimum(problem, decay, decay)
    found = solve(spec_of(dim=12, decay=decay, loss=loss, gamma=0.5, tau=1.0))
    assert found.metrics["objective"] == pytest.approx(float(theory.objective), rel=1e-11)
    scale = np.abs(theory.logits).max()
    np.testing.assert_allclose(found.arrays["logits"], theory.logits, atol=1e-6 * scale)


@pytest.mark.parametrize(
    ("x", "away"), [(1e-2, 0.132), (1e-4, 0.096), (1e-8, 0.063), (1e-20, 0.031), (1e-80, 0.009)]
)
def test_small_decays_approach_the_seli_geometry(x, away):
    """As slowly as 1 / log(1 / decay), down to decays at which a loss is 1e-80."""
    found = solve(spec_of(decay=x / sum(STEP)))
    assert found.metrics["gap"] <= 1e-8 * found.metrics["objective"]
    limit = seli(STEP)
    assert distance(found.arrays["logits"], limit.logits) == pytest.approx(away, abs=6e-4)
    W, H = found.arrays["classifier"], found.arrays["means"]
    assert distance(W @ W.T, limit.classifier_gram) < 2.5 * away
    assert distance(H @ H.T, limit.embedding_gram) < 2.5 * away


@pytest.mark.parametrize("size_ratio", [1.0, 1e4])
def test_class_sizes_may_be_anything(size_ratio):
    """An extreme geometry, found from its first-order formula alone."""
    counts = tuple(int(c) for c in np.geomspace(10, 10 * size_ratio, 7))
    for loss in ("ce", "la", "cdt", "ldt", "vs"):
        for decay in (1e-12, 1e-6):
            settings = {"loss": loss, "tau": 1.0, "gamma": 0.25}
            found = solve(spec_of(counts=counts, dim=7, decay=decay, **settings))
            assert found.metrics["gap"] <= 1e-7 * found.metrics["objective"]


@pytest.mark.parametrize("loss", ["ce", "la", "cdt", "ldt", "wce"])
@pytest.mark.parametrize("side", [0.97, 1.03])
def test_minorities_merge_at_the_threshold(loss, side):
    """N lam = omega delta sqrt(n_B) (Hong & Ling, arXiv 2309.09725, and derived from it)."""
    form = loss_form(loss, STEP, gamma=0.5, tau=1.0)
    threshold = form.weights[-1] * form.multipliers[-1, -1] * np.sqrt(5) / sum(STEP)
    found = solve(spec_of(decay=side * threshold, loss=loss, gamma=0.5, tau=1.0))
    W = found.arrays["classifier"]
    apart = np.linalg.norm(W[5:] - W[5:].mean(axis=0))
    assert (apart < 1e-6 * np.linalg.norm(W)) == (side > 1) or not W.any()
    # Weights let the majority collapse first, so that nothing is left.
    assert W.any() == ((loss, side) != ("wce", 1.03))


@pytest.mark.parametrize(
    ("counts", "decay", "least"),
    [
        ((100, 50, 20, 10), 1e-3, 0.1252680864),
        ((100, 50, 20, 10), 2e-2, 1.0904164685),
        ((500, 400, 300, 200, 100, 50, 20, 10, 6, 2), 1e-3, None),
    ],
)
def test_relu_optimum(counts, decay, least):
    """Orthogonal class means of known norms, in no more dimensions than classes."""
    theory = relu_collapse(counts, decay, decay)
    found = solve(spec_of(counts=counts, dim=len(counts), decay=decay, relu=True))
    assert found.metrics["objective"] == pytest.approx(least or theory.objective, abs=1e-9)
    assert found.metrics["gap"] <= 1e-8 * theory.objective
    W, H = found.arrays["classifier"], found.arrays["means"]
    assert H.min() >= 0
    np.testing.assert_allclose(found.arrays["logits"], theory.logits, atol=1e-6)
    np.testing.assert_allclose(H @ H.T, theory.embedding_gram, atol=1e-6)
    np.testing.assert_allclose(W @ W.T, theory.classifier_gram, atol=1e-6)


@pytest.mark.parametrize("loss", ["wce", "cdt", "ldam", "la", "mse"])
def test_relu_with_other_losses(loss):
    """LA's optimal features are not orthogonal; the certificate still says that it is the one."""
    spec = spec_of((50,) * 3 + (5,) * 3, 12, 4e-3, loss=loss, gamma=0.3, tau=1.0, relu=True)
    found = solve(spec)
    assert found.metrics["gap"] <= 1e-7 * found.metrics["objective"]
    H = found.arrays["means"]
    overlap = np.abs(np.triu(H @ H.T, 1)).max()
    assert (overlap > 1e-3) == (loss == "la")


def test_starved_relu_features_are_told_from_collapse():
    """In few dimensions, training from random values leaves classes at zero for no good reason."""
    spec = spec_of((500, 400, 300, 200, 100, 50, 20, 10, 6, 2), 20, 1e-3, relu=True)
    problem = problem_of(spec)
    best = solve(spec)
    rng = np.random.default_rng(1)
    W, U = rng.standard_normal((2, 1, 10, 20)) / np.sqrt(20)
    normal, scale_W, scale_U = stack_of([problem]).normalized()
    W, U, b, _ = descent.descend(normal, W, np.abs(U), np.zeros((1, 10)))
    stuck = certificate(problem, (W * scale_W)[0], (U * scale_U)[0], b[0])
    zero_means = (np.linalg.norm(U[0], axis=1) < 1e-6).sum()
    assert zero_means > (np.linalg.norm(best.arrays["means"], axis=1) < 1e-6).sum()
    assert stuck.ratio > 1.3
    assert stuck.objective > 1.01 * best.metrics["objective"]
    assert best.metrics["ratio"] == pytest.approx(1.0, abs=1e-7)


def test_squared_error_shrinks_singular_values():
    """X = U diag(max(sqrt(n) - N lam, 0)) V^T, by the prox of the nuclear norm."""
    decay = 2e-2
    found = solve(spec_of(dim=30, decay=decay, loss="mse"))
    roots, x = np.sqrt(STEP), sum(STEP) * decay
    np.testing.assert_allclose(
        found.arrays["logits"] * roots, np.diag(np.maximum(roots - x, 0)), atol=1e-7
    )


@pytest.mark.parametrize("bias_decay", [0.0, 1e-3, 1.0])
@pytest.mark.parametrize("loss", ["mse", "ce", "cdt"])
def test_a_bias_of_any_stiffness(loss, bias_decay):
    counts = (400, 100, 30, 30, 7)
    for decay in (1e-6, 1e-4, 1e-2):
        spec = spec_of(counts, 8, decay, loss=loss, gamma=0.3, bias=True, bias_decay=bias_decay)
        metrics = solve(spec).metrics
        assert metrics["gap"] <= 1e-6 * metrics["objective"]


@pytest.mark.parametrize(
    "fields",
    [
        {"classifier": "etf"},
        {"classifier": "etf", "relu": True, "bias": True},
        {"loss": "focal"},
        {"loss": "focal", "classifier": "etf"},
        {"loss": "focal", "relu": True},
        {"bias": True, "relu": True},
        {"loss": "mse", "bias": True},
        {"dim": 3},
        {"dim": 3, "relu": True},
    ],
    ids=str,
)
def test_no_random_start_is_better(fields):
    spec = spec_of(**{"counts": (60, 30, 10, 4), "dim": 5, "decay": 4e-3, **fields})
    least = solve(spec).metrics["objective"]
    assert least <= best_of_starts(problem_of(spec), 6) * (1 + 1e-7)


def test_complete_collapse_is_exactly_zero():
    for fields in ({"decay": 0.026}, {"decay": 0.03, "relu": True}, {"decay": 0.1, "loss": "mse"}):
        found = solve(spec_of(**fields))
        assert not found.arrays["classifier"].any()
        assert not found.arrays["means"].any()
        assert found.metrics["gap"] == pytest.approx(0.0, abs=1e-12)
        assert found.metrics["ratio"] < 1


def test_too_few_dimensions_leave_a_gap():
    metrics = [solve(spec_of(dim=dim)).metrics for dim in (4, 7, 9)]
    gaps = [m["gap"] / m["objective"] for m in metrics]
    assert gaps[0] > gaps[1] > 1e-3
    assert gaps[2] < 1e-8  # K - 1 are enough.
    # The bound is one on what more dimensions could reach.
    assert all(m["lower_bound"] < 0.1466216837 for m in metrics)
    assert metrics[0]["ratio"] > 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"relu": True, "loss": "la", "tau": 1.0}, {"classifier": "etf", "bias": True}],
    ids=str,
)
def test_without_kernels_the_optimum_is_the_same(fields, monkeypatch):
    compiled = solve(spec_of(**fields)).metrics
    monkeypatch.setattr(descent, "_compiled", lambda: None)
    plain = solve(spec_of(**fields)).metrics
    assert plain["objective"] == pytest.approx(compiled["objective"], rel=1e-9)
    assert compiled["gap"] <= 1e-7 * compiled["objective"]


def test_decays_apart_by_orders_of_magnitude():
    metrics = solve(spec_of(weight_decay=1e-9, feature_decay=1.0)).metrics
    assert metrics["gap"] <= 1e-7 * metrics["objective"]


def test_the_sum_convention_counts_every_sample():
    """With N times the decays, the sum of losses is N times the mean problem."""
    mean = solve(spec_of(decay=5e-4)).metrics["objective"]
    total = solve(spec_of(decay=5e-4 * sum(STEP), convention="sum")).metrics["objective"]
    assert total == pytest.approx(sum(STEP) * mean, rel=1e-9)


def test_what_a_run_holds():
    run = solve(spec_of(dim=12, bias=True))
    W, H, b = (run.arrays[name] for name in ("classifier", "means", "bias"))
    assert W.shape == H.shape == (10, 12)
    np.testing.assert_allclose(run.arrays["logits"], W @ H.T + b[:, None])
    np.testing.assert_allclose(W[:, :10], W[:, :10].T, atol=1e-9)
    assert not W[:, 10:].any()
    assert run.provenance["device"] == "cpu"
    assert "bias" not in solve(spec_of()).arrays


def test_neighbouring_settings_have_neighbouring_optima():
    near = [solve(spec_of(decay=decay)).arrays for decay in (5e-4, 5.01e-4)]
    for name in ("classifier", "means"):
        change = np.linalg.norm(near[0][name] - near[1][name])
        assert change < 1e-2 * np.linalg.norm(near[0][name])


@pytest.mark.parametrize("name", ["weight_decay", "feature_decay"])
def test_without_decay_there_is_no_optimum(name):
    with pytest.raises(UserError, match=f"{name} must be at least"):
        solve(spec_of(**{name: 0.0}))
