import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax

from app.errors import UserError
from app.theory import relu_collapse

COUNTS = st.lists(st.integers(1, 5000), min_size=2, max_size=8)
DECAYS = st.floats(-6.0, -1.0).map(lambda exponent: 10**exponent)


def objective(classifier, means, counts, weight_decay, feature_decay):
    losses = -np.diag(log_softmax(classifier @ means.T, axis=0))
    penalty = weight_decay * (classifier**2).sum() + feature_decay * counts @ (means**2).sum(1)
    return counts @ losses / counts.sum() + penalty / 2


@pytest.mark.parametrize(
    ("decays", "margins", "squares", "least"),
    [
        (
            (1e-3, 1e-3),
            (5.244125611, 4.890971217, 4.419639043, 4.057992803),
            (0.4541546, 0.599019191, 0.85585942, 1.111327098),
            0.1252680864,
        ),
        ((0.02, 0.02), (1.89047362, 1.336089467, 0.264910888, 0), None, 1.0904164685),
    ],
)
def test_published_formula(decays, margins, squares, least):
    """Theorem of arXiv 2401.02058, evaluated by hand."""
    optimum = relu_collapse([100, 50, 20, 10], *decays)
    np.testing.assert_allclose(optimum.margins, margins, atol=1e-9)
    assert optimum.objective == pytest.approx(least, abs=1e-10)
    if squares is None:
        assert optimum.threshold == pytest.approx(17.28)
        assert optimum.collapsed.tolist() == [False, False, False, True]
    else:
        np.testing.assert_allclose(optimum.feature_norms_squared, squares, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(COUNTS, DECAYS, DECAYS)
def test_factors_give_the_objective_and_are_stationary(counts, weight_decay, feature_decay):
    counts = np.array(counts, float)
    optimum = relu_collapse(counts, weight_decay, feature_decay)
    classifier, means = optimum.classifier(), optimum.means()
    assert means.min() >= 0
    np.testing.assert_allclose(classifier @ means.T, optimum.logits, atol=1e-9)
    np.testing.assert_allclose(classifier @ classifier.T, optimum.classifier_gram, atol=1e-9)
    np.testing.assert_allclose(means @ means.T, optimum.embedding_gram, atol=1e-9)
    value = objective(classifier, means, counts, weight_decay, feature_decay)
    assert value == pytest.approx(optimum.objective, rel=1e-10)
    softmax = np.exp(log_softmax(optimum.logits, axis=0))
    np.testing.assert_allclose(1 - np.diag(softmax), optimum.error_probabilities, atol=1e-12)
    push = (np.eye(len(counts)) - softmax) * counts / counts.sum()
    np.testing.assert_allclose(push @ means, weight_decay * classifier, atol=1e-9)
    pull = push.T @ classifier - feature_decay * counts[:, None] * means
    np.testing.assert_allclose(pull[means > 0], 0, atol=1e-9)
    assert pull.max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(COUNTS, DECAYS, DECAYS)
def test_no_lower_value_exists(counts, weight_decay, feature_decay):
    """A lower bound by duality, with one entropy a class, meets the objective.

    For any probabilities q with ``lambda_max(max(Y^T Y, 0)) <= lW lH``, Y the matrix
    ``(e_k - q_k) sqrt(n_k) / N``, the mean entropy of q is at most the objective.
    """
    counts = np.array(counts, float)
    optimum = relu_collapse(counts, weight_decay, feature_decay)
    size = len(counts)
    softmax = np.full((size, size), optimum.error_probabilities / (size - 1))
    np.fill_diagonal(softmax, 1 - optimum.error_probabilities)
    duals = (np.eye(size) - softmax) * np.sqrt(counts) / counts.sum()
    bound = np.linalg.eigvalsh(np.maximum(duals.T @ duals, 0)).max()
    assert bound <= weight_decay * feature_decay * (1 + 1e-8)
    entropy = -(softmax * np.log(softmax)).sum(axis=0)
    assert counts @ entropy / counts.sum() == pytest.approx(optimum.objective, rel=1e-7)


@pytest.mark.parametrize("decay", [2e-3, 0.02])
def test_a_search_from_random_values_ends_there(decay):
    """In many dimensions, since in few a class may find no coordinate of its own."""
    counts, dim = np.array([100.0, 50.0, 20.0, 10.0]), 200
    optimum, size = relu_collapse(counts, decay, decay), len(counts)

    def value_and_slope(flat):
        classifier, weighted = flat.reshape(2, size, dim)
        means = weighted / np.sqrt(counts)[:, None]
        logs = log_softmax(classifier @ means.T, axis=0)
        push = (np.eye(size) - np.exp(logs)) * counts / counts.sum()
        slopes = (
            decay * classifier - push @ means,
            decay * weighted - (push.T @ classifier / np.sqrt(counts)[:, None]),
        )
        value = objective(classifier, means, counts, decay, decay)
        return value / decay, np.concatenate([slope.ravel() for slope in slopes]) / decay

    random = np.random.default_rng(0)
    start = random.normal(size=(2, size, dim)) / np.sqrt(dim)
    start[1] = np.abs(start[1])
    bounds = [(None, None)] * (size * dim) + [(0, None)] * (size * dim)
    options = {"maxiter": 2000, "maxfun": 10_000, "ftol": 1e-15, "gtol": 1e-10}
    found = minimize(
        value_and_slope, start.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    assert found.fun * decay == pytest.approx(optimum.objective, rel=1e-8)
    classifier, weighted = found.x.reshape(2, size, dim)
    grams = classifier @ classifier.T, weighted @ weighted.T
    expected = optimum.classifier_gram, optimum.embedding_gram * counts
    for gram, wanted in zip(grams, expected, strict=True):
        np.testing.assert_allclose(gram, wanted, atol=2e-3 * max(wanted.max(), 1e-3))


def test_collapsed_classes_share_one_vector_and_leave_the_others_alone():
    optimum = relu_collapse([500, 500, 4, 2, 1], 1e-2, 1e-3)
    assert optimum.collapsed.tolist() == [False, False, True, True, True]
    classifier = optimum.classifier(2)
    np.testing.assert_allclose(classifier[2:], np.tile(classifier[4], (3, 1)))
    assert not optimum.means(2)[2:].any()
    np.testing.assert_allclose(optimum.error_probabilities[2:], 0.8)


def test_everything_collapses_under_large_decay():
    optimum = relu_collapse([9, 4], 1.0, 1.0)
    assert optimum.collapsed.all()
    assert optimum.objective == pytest.approx(np.log(2))
    assert not optimum.classifier(1).any()


def test_the_threshold_is_sharp():
    counts = np.array([40.0, 40.0, 9.0])
    decay = np.sqrt(9 * 2 / 3) / 89
    above, below = (relu_collapse(counts, decay * f, decay / f**2) for f in (1 + 1e-9, 1 - 1e-9))
    assert above.margins[2] > 0
    assert below.margins[2] == 0
    assert below.threshold == pytest.approx(9, rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([10], 1e-3, 1e-3), r"counts must be of 2 to 2000 classes, got 1\."),
        (([10, 0.5], 1e-3, 1e-3), r"counts must be at least 1 each, got 0\.5\."),
        (([10, 5], 0.0, 1e-3), r"weight_decay must be finite and above 0, got 0\.0\."),
        (([10, 5], 1e-3, -1.0), r"feature_decay must be finite and above 0, got -1\.0\."),
    ],
)
def test_what_has_no_optimum_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        relu_collapse(*arguments)


def test_too_few_dimensions_are_refused():
    with pytest.raises(UserError, match=r"dim must be at least 3, the number of classes that do"):
        relu_collapse([90, 80, 70], 1e-3, 1e-3).means(2)
