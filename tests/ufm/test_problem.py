"""The objective against autograd of its plain definition, in full, over samples."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.losses import LOSSES
from app.ufm import UFMSpec
from app.ufm._kernels import ROWS, fill_gradient, terms_of
from app.ufm.dynamics import pack, unpack
from app.ufm.problem import objective, problem_of, value_and_gradient
from tests.ufm.definition import definition

ALL_LOSSES = ["ce", "wce", "la", "cdt", "ldt", "vs", "ldam", "focal", "mse"]
COUNTS = (20, 7, 3, 1)


def spec_of(loss="ce", **changes):
    values = {"gamma": 0.4, "tau": 0.7, "focusing": 1.5, "margin": 0.8, "dim": 6}
    return UFMSpec(counts=COUNTS, loss=loss, **(values | changes))


def random_parameters(problem, seed=0, size=2.0):
    rng = np.random.default_rng(seed)
    W = size * rng.normal(size=(problem.num_classes, problem.dim))
    if problem.fixed_classifier is not None:
        W = problem.fixed_classifier
    H = size * rng.normal(size=(problem.num_rows, problem.dim))
    b = rng.normal(size=problem.num_classes) * problem.bias
    return W, np.sqrt(problem.copies)[:, None] * H, b


VARIANTS = [
    {},
    {"convention": "sum"},
    {"bias": True, "bias_decay": 0.3},
    {"relu": True},
    {"classifier": "etf"},
    {"weight_decay": 0.0, "feature_decay": 0.0},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(v) or "plain")
@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_gradient_is_that_of_the_definition(loss, variant):
    spec = spec_of(loss, **({"weight_decay": 0.01, "feature_decay": 0.02} | variant))
    problem = problem_of(spec)
    W, U, b = random_parameters(problem)
    means = torch.tensor(U / np.sqrt(problem.copies)[:, None], requires_grad=True)
    leaves = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    expected = definition(
        spec, leaves[0], means.repeat_interleave(torch.tensor(COUNTS), dim=0), leaves[1]
    )
    expected.backward()
    value, gradient_W, gradient_U, gradient_b = value_and_gradient(problem, W, U, b)
    assert value == pytest.approx(expected.item(), rel=1e-13)
    assert objective(problem, W, U, b) == value
    slopes = means.grad.numpy() / np.sqrt(problem.copies)[:, None]
    np.testing.assert_allclose(gradient_U, slopes, atol=1e-12 * np.abs(slopes).max())
    for trained, found, leaf in (
        (spec.classifier == "learned", gradient_W, leaves[0]),
        (spec.bias, gradient_b, leaves[1]),
    ):
        expected_slope = leaf.grad.numpy() if trained else np.zeros(leaf.shape)
        np.testing.assert_allclose(found, expected_slope, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_weights_are_those_of_the_library_losses(loss):
    """The torch losses of `app.losses` and the objective mean the same by the same name."""
    spec = spec_of(loss, weight_decay=0.0, feature_decay=0.0)
    problem = problem_of(spec, per_sample=True)
    W, H, b = random_parameters(problem)
    options = {
        "la": {"tau": 0.7},
        "cdt": {"gamma": 0.4},
        "ldt": {"gamma": 0.4},
        "vs": {"gamma": 0.4, "tau": 0.7},
        "ldam": {"margin": 0.8, "scale": 1.0},
        "focal": {"focusing": 1.5},
    }.get(loss, {})
    logits, labels = torch.tensor(H @ W.T), torch.tensor(problem.labels)
    expected = LOSSES[loss](logits, labels, np.array(COUNTS), **options)
    assert objective(problem, W, H, b) == pytest.approx(expected.item(), rel=1e-12)


def test_samples_and_means_agree_where_samples_of_a_class_are_equal():
    spec = spec_of("vs", bias=True, bias_decay=0.1)
    means, samples = problem_of(spec), problem_of(spec, per_sample=True)
    W, U, b = random_parameters(means)
    H = (U / np.sqrt(means.copies)[:, None])[samples.labels]
    value, gradient_W, gradient_U, gradient_b = value_and_gradient(means, W, U, b)
    other, other_W, other_H, other_b = value_and_gradient(samples, W, H, b)
    assert value == pytest.approx(other, rel=1e-13)
    np.testing.assert_allclose(gradient_W, other_W, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(gradient_b, other_b, rtol=1e-11, atol=1e-13)
    each = (gradient_U / np.sqrt(means.copies)[:, None])[samples.labels]
    np.testing.assert_allclose(other_H, each, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", ALL_LOSSES)
@pytest.mark.parametrize("per_sample", [False, True])
def test_compiled_objective_is_the_reference(loss, per_sample, dtype):
    spec = spec_of(loss, bias=True, bias_decay=0.3, weight_decay=0.1, feature_decay=0.2)
    problem = problem_of(spec, per_sample=per_sample)
    precision = float(np.finfo(dtype).eps)
    for seed, rows_at_once in ((0, 1), (1, 3), (2, ROWS)):
        parameters = random_parameters(problem, seed, size=3.0)
        x = pack(parameters, dtype)
        gradient, room = np.empty_like(x), np.empty(rows_at_once * len(COUNTS), dtype)
        value = fill_gradient(x, gradient, room, problem.dim, terms_of(problem, dtype))
        expected, *slopes = value_and_gradient(problem, *unpack(problem, x))
        assert value == pytest.approx(expected, rel=50 * precision)
        slopes = pack(tuple(slopes), "float64")
        np.testing.assert_allclose(gradient, slopes, atol=100 * precision * np.abs(slopes).max())


@pytest.mark.parametrize("gap", [1.0, 30.0, 300.0])
@pytest.mark.parametrize("focusing", [0.0, 0.5, 2.0])
def test_tiny_losses_keep_their_relative_precision(focusing, gap):
    """Of two equal classes with margins +gap, so that 1 - p is 1 / (1 + exp(gap))."""
    spec = UFMSpec(counts=(1, 1), dim=1, loss="focal", focusing=focusing)
    problem = problem_of(spec.model_copy(update={"weight_decay": 0.0, "feature_decay": 0.0}))
    W, U, b = np.array([[0.5], [-0.5]]), np.array([[gap], [-gap]]), np.zeros(2)
    wrong, loss = np.exp(-gap) / (1 + np.exp(-gap)), np.log1p(np.exp(-gap))
    slope = -(wrong ** (1 + focusing)) - focusing * wrong**focusing * (1 - wrong) * loss
    value, _, gradient_U, _ = value_and_gradient(problem, W, U, b)
    assert value == pytest.approx(wrong**focusing * loss, rel=1e-12, abs=0.0)
    assert gradient_U[0, 0] == pytest.approx(slope / 2, rel=1e-12, abs=0.0)
    x = pack((W, U, b), "float64")
    gradient = np.empty_like(x)
    compiled = fill_gradient(x, gradient, np.empty(2), 1, terms_of(problem))
    assert compiled == pytest.approx(value, rel=1e-12, abs=0.0)
    np.testing.assert_allclose(gradient[2:4], gradient_U[:, 0], rtol=1e-12)


@given(
    st.sampled_from(ALL_LOSSES),
    st.lists(st.floats(-1e4, 1e4), min_size=8, max_size=8),
    st.floats(0.0, 10.0),
)
@settings(max_examples=60, deadline=None)
def test_any_finite_logits_give_finite_values(loss, numbers, focusing):
    problem = problem_of(UFMSpec(counts=(5, 1), dim=2, loss=loss, gamma=-2.0, focusing=focusing))
    W, U = np.array(numbers[:4]).reshape(2, 2), np.array(numbers[4:]).reshape(2, 2)
    value, *gradient = value_and_gradient(problem, W, U, np.zeros(2))
    x = pack((W, U, np.zeros(2)), "float64")
    found = np.empty_like(x)
    compiled = fill_gradient(x, found, np.empty(2), 2, terms_of(problem))
    assert np.isfinite(value)
    assert compiled == pytest.approx(value, rel=1e-12)
    size = 1e-300 + max(np.abs(part).max() for part in gradient)
    np.testing.assert_allclose(found, pack(tuple(gradient), "float64"), atol=1e-9 * size)


def test_infinity_is_told():
    problem = problem_of(spec_of("ce"))
    x = pack(random_parameters(problem), "float64")
    for wrong in (np.nan, np.inf):
        x[0] = wrong
        value = fill_gradient(x, np.empty_like(x), np.empty(4), 6, terms_of(problem))
        assert not np.isfinite(value)


def test_a_fixed_classifier_is_a_simplex_and_pays_no_decay():
    problem = problem_of(spec_of(classifier="etf", weight_decay=1.0))
    W = problem.fixed_classifier
    np.testing.assert_allclose(W @ W.T, 4 / 3 * np.eye(4) - 1 / 3, atol=1e-12)
    assert objective(problem, W, np.zeros((4, 6)), np.zeros(4)) == pytest.approx(np.log(4))


@pytest.mark.parametrize(
    ("counts", "convention", "expected"),
    [((6, 2), "mean", (0.75, 0.25)), ((6, 2), "sum", (6.0, 2.0)), ((1, 1), "mean", (0.5, 0.5))],
)
def test_weights_of_rows(counts, convention, expected):
    problem = problem_of(UFMSpec(counts=counts, dim=1, convention=convention))
    np.testing.assert_allclose(problem.weights, expected)
