import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import seli, step_optimum, step_problem

LOSSES = ("ce", "wce", "la", "cdt", "ldt", "vs", "ldam")


@pytest.mark.parametrize(
    ("decay", "contrasts", "cross", "least"),
    [
        (5e-4, (45.793094, 10.694415), (21.073816, -12.261714), 0.1466216836),
        (5e-3, (27.943418, 4.035648), (10.236299, -6.607375), 0.9498489619),
        (1e-2, (21.637061, 0.0), (3.750371, -2.149566), 1.5105899475),
        (2e-2, (10.386267, 0.0), (0.0, 0.0), 2.1699012850),
    ],
)
def test_known_optima(decay, contrasts, cross, least):
    """Ten classes of 50 and 5 samples, solved to a relative duality gap below 2.4e-9."""
    optimum = step_optimum(step_problem(np.repeat([50, 5], 5), 5), decay, decay)
    np.testing.assert_allclose(optimum.contrasts, contrasts, atol=1e-6)
    np.testing.assert_allclose(optimum.cross, cross, atol=1e-6)
    assert optimum.objective == pytest.approx(least, abs=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reach", [0.3, 2.2, 4.0])
def test_a_search_over_the_factors_ends_there(search, loss_arrays, loss, reach):
    counts = np.repeat([60.0, 6.0], [3, 4])
    arrays = loss_arrays(loss, counts)
    decays = np.array([2.0, 0.5]) * reach / counts.sum()
    optimum = step_optimum(step_problem(counts, 4, *arrays), *decays)
    value, classifier, means = search(counts, decays, *arrays)
    assert value == pytest.approx(float(optimum.objective), rel=1e-9)
    geometry = optimum.geometry()
    for found, expected in (
        (classifier @ means.T, optimum.logits),
        (classifier @ classifier.T, optimum.classifier.matrix()),
        (means @ means.T, optimum.embedding.matrix()),
        (geometry.logits, optimum.logits),
        (geometry.classifier_gram, optimum.classifier.matrix()),
        (geometry.embedding_gram, optimum.embedding.matrix()),
    ):
        np.testing.assert_allclose(found, expected, atol=2e-5 * max(np.abs(expected).max(), 1e-2))


def assert_optimal(counts, num_minority, arrays, decay):
    """The gradient of the loss is a subgradient of the nuclear norm, up to its sign.

    Convexity makes that sufficient for a global optimum.
    """
    A, I, omega = arrays  # noqa: E741
    optimum = step_optimum(step_problem(counts, num_minority, *arrays), decay, decay)
    scores = A * optimum.logits + I
    softmax = np.exp(scores - scores.max(axis=0))
    softmax /= softmax.sum(axis=0)
    others = np.where(np.eye(len(counts), dtype=bool), 0.0, softmax)
    wrong = np.diag(others.sum(axis=0)) - others
    slope = A * wrong * np.sqrt(counts) * omega / counts.sum()
    assert np.linalg.norm(slope, 2) <= decay * (1 + 1e-6)
    inner = (slope * optimum.logits * np.sqrt(counts)).sum()
    assert inner == pytest.approx(decay * optimum.nuclear_norm, rel=1e-6, abs=1e-9 * decay)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.floats(0.0, 6.0).map(lambda exponent: 10**exponent),
    st.floats(-20.0, 3.0),
    st.sampled_from(LOSSES),
    st.floats(-1.0, 1.0),
)
def test_optimal_by_duality(loss_arrays, num_majority, num_minority, ratio, reach, loss, gamma):
    counts = np.repeat([5 * ratio, 5.0], [num_majority, num_minority])
    decay = 10**reach / counts.sum()
    assert_optimal(counts, num_minority, loss_arrays(loss, counts, gamma), decay)


def test_optimal_where_the_prior_says_nearly_everything(loss_arrays):
    """The majority feels next to no pull across, the minority more than the decay."""
    counts = np.repeat([5e7, 5.0], [7, 4])
    assert_optimal(counts, 4, loss_arrays("la", counts, tau=2.0), 1e-4 / counts.sum())


def test_optimal_where_temperatures_leave_one_group_almost_alone(loss_arrays):
    counts = np.repeat([1e9, 40.0], [7, 1])
    assert_optimal(counts, 1, loss_arrays("cdt", counts, 1.5), 1e-12 / counts.sum())


def test_tends_to_the_limit_at_tiny_decays():
    counts = np.repeat([50.0, 5.0], 5)
    limit = seli(counts).logits
    decays = 1 / counts.sum() * 10.0 ** -np.array([4, 8, 20, 80, 140])
    logits = step_optimum(step_problem(counts, 5), decays, decays).logits
    units = logits / np.linalg.norm(logits, axis=(1, 2), keepdims=True)
    apart = np.linalg.norm(units - limit / np.linalg.norm(limit), axis=(1, 2))
    np.testing.assert_allclose(apart[:4], [0.096, 0.063, 0.031, 0.009], atol=6e-4)
    assert apart[4] < apart[3]


def test_many_settings_at_once(loss_arrays):
    """Imbalance along one axis, decay along the other."""
    counts = [np.repeat([5.0 * ratio, 5.0], [2, 3]) for ratio in (1, 10, 100)]
    arrays = [loss_arrays("vs", one) for one in counts]
    stacked = [np.stack(parts)[:, None] for parts in zip(*arrays, strict=True)]
    decays = np.array([1e-4, 1e-3, 1e-2, 1e-1])
    many = step_optimum(step_problem(np.stack(counts)[:, None], 3, *stacked), decays, 2 * decays)
    assert many.logits.shape == (3, 4, 5, 5)
    assert many.classifier.matrix().shape == (3, 4, 5, 5)
    one = step_optimum(step_problem(counts[1], 3, *arrays[1]), decays[2], 2 * decays[2])
    np.testing.assert_allclose(many.logits[1, 2], one.logits)
    np.testing.assert_allclose(many.objective[1, 2], one.objective)
    np.testing.assert_allclose(many.embedding.matrix()[1, 2], one.embedding.matrix())


def test_many_temperatures_of_one_profile(loss_arrays):
    counts = np.repeat([50.0, 5.0], [2, 3])
    gammas = [-0.5, 0.0, 0.5, 1.0]
    stacked = np.stack([loss_arrays("cdt", counts, gamma)[0] for gamma in gammas])
    many = step_optimum(step_problem(counts, 3, stacked), 1e-3, 1e-3)
    assert many.objective.shape == (4,)
    for index, gamma in enumerate(gammas):
        one = step_optimum(step_problem(counts, 3, *loss_arrays("cdt", counts, gamma)), 1e-3, 1e-3)
        assert one.objective == pytest.approx(many.objective[index])
        np.testing.assert_allclose(one.logits, many.logits[index])


def bad(name, value):
    return {"counts": [9, 9, 2, 2], "num_minority": 2, name: value}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (bad("counts", [9, 9, 2, 3]), r"counts must be equal within the majority and within"),
        (bad("counts", [9, 9, 0.5, 0.5]), r"counts must be from 1 to 1e12 each, got \(0\.5, 9"),
        (bad("num_minority", 4), r"num_majority must be at least 1, got 0\."),
        (bad("num_minority", 0), r"num_minority must be at least 1, got 0\."),
        (bad("weights", [1, 2, 1, 1]), r"weights must be equal within"),
        (bad("weights", [1, 1]), r"weights must be of shape \(\.\.\., 4\), got \(2,\)"),
        (bad("multipliers", -np.ones((4, 4))), r"multipliers must be finite and above 0"),
        (bad("multipliers", np.eye(4) + 1), r"multipliers must be a factor a logit times a factor"),
        (bad("offsets", np.diag([0, 1, 0, 0])), r"offsets must be equal within"),
        (bad("offsets", np.zeros((3, 3))), r"offsets must be of shape \(\.\.\., 4, 4\), got"),
    ],
)
def test_what_are_no_two_groups_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        step_problem(**arguments)


def test_optima_need_decay():
    problem = step_problem([9, 9, 2, 2], 2)
    with pytest.raises(UserError, match=r"feature_decay must be finite and above 0, got 0\.0"):
        step_optimum(problem, 1e-3, 0.0)
