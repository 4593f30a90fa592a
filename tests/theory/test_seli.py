import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from app.errors import UserError
from app.theory import seli, simplex_etf

COUNTS = st.lists(st.integers(1, 10_000), min_size=2, max_size=8)
LOSSES = ("ce", "cdt", "ldt")


@st.composite
def problems(draw):
    counts = draw(COUNTS)
    loss = draw(st.sampled_from(LOSSES))
    size = len(counts)
    delta = draw(st.lists(st.floats(0.1, 10.0), min_size=size, max_size=size))
    return np.array(counts, float), loss, None if loss == "ce" else np.array(delta)


def multipliers(loss, delta, size):
    """A[j, k] of the loss: what multiplies logit j of a sample of class k."""
    if loss == "ce":
        return np.ones((size, size))
    return np.broadcast_to(delta[:, None] if loss == "cdt" else delta, (size, size))


def margins(logits, scale):
    scaled = scale * logits
    return np.diag(scaled)[None, :] - scaled


@pytest.mark.parametrize(
    ("size", "ratio", "majority", "loss", "gamma", "classifier", "embedding"),
    [
        (4, 10, 2, "ce", 0, (1.995247, -0.458991, 0.079446, -0.382096), (0.436390, -0.194601, -0.648532, -0.266023)),  # noqa: E501
        (10, 10, 5, "ce", 0, (2.672100, -0.143953, 0.033369, -0.138681), (0.350829, -0.069702, -0.186746, -0.085434)),  # noqa: E501
        (10, 100, 5, "ce", 0, (5.766212, -0.148022, 0.338026, -0.195903), (0.115557, -0.063016, -0.228393, -0.050850)),  # noqa: E501
        (10, 10, 7, "ce", 0, (2.503792, -0.132231, 0.103535, -0.108977), (0.372263, -0.078051, -0.269082, -0.108134)),  # noqa: E501
        (10, 10, 5, "cdt", 0.5, (1.2, -0.018519, -0.222222, -0.064150), (0.12, -0.018519, -0.222222, -0.064150)),  # noqa: E501
        (10, 10, 5, "ldt", 0.5, (1, -1 / 9, -1 / 9, -1 / 9), (0.1, -1 / 9, -1 / 9, -1 / 9)),
    ],
)  # fmt: skip
def test_step_imbalance(size, ratio, majority, loss, gamma, classifier, embedding):
    """Ratio of squared norms, cosines within majority, within minority, across.

    Cross-entropy at K = 4, R = 10 is printed in arXiv 2208.05512, the rest follows its formulas.
    """
    counts = np.repeat([ratio, 1.0], [majority, size - majority])
    geometry = seli(counts, loss, None if loss == "ce" else counts**gamma)
    for gram, cosines, expected in (
        (geometry.classifier_gram, geometry.classifier_cosines, classifier),
        (geometry.embedding_gram, geometry.embedding_cosines, embedding),
    ):
        found = gram[0, 0] / gram[-1, -1], cosines[0, 1], cosines[-1, -2], cosines[0, -1]
        np.testing.assert_allclose(found, expected, atol=6e-7)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_optimal_by_duality(problem):
    """Feasible, and multipliers that are feasible for the dual problem reach the same value.

    The dual of least nuclear norm of X = logits D^(1/2) with margins at least 1 maximises the
    sum of multipliers beta >= 0 with ``||M(beta)|| <= 1``, M being the adjoint of the margins.
    """
    counts, loss, delta = problem
    geometry = seli(counts, loss, delta)
    scale, size = multipliers(loss, delta, len(counts)), len(counts)
    off = ~np.eye(size, dtype=bool)
    np.testing.assert_allclose(margins(geometry.logits, scale)[off], 1, rtol=1e-9)
    root = np.sqrt(counts)
    cost = (np.trace(geometry.classifier_gram) + counts @ geometry.embedding_norms**2) / 2
    polar = np.linalg.pinv(geometry.classifier_gram, rcond=1e-12) @ (geometry.logits * root)
    beta = np.where(off, -polar * root / scale, 0.0)
    assert beta[off].min() > 0
    adjoint = (np.diag(beta.sum(0)) - beta) * scale / root
    assert np.linalg.norm(adjoint, 2) <= 1 + 1e-6
    assert beta.sum() == pytest.approx(cost, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(problems(), st.floats(0.01, 100.0), st.integers(0, 3))
def test_factors_and_scale_laws(problem, decay_ratio, spare):
    counts, loss, delta = problem
    geometry = seli(counts, loss, delta, decay_ratio)
    dim = len(counts) - 1 + spare
    classifier, means = geometry.classifier(dim), geometry.means(dim)
    assert classifier.shape == means.shape == (len(counts), dim)
    size = np.abs(geometry.logits).max()
    np.testing.assert_allclose(classifier @ means.T, geometry.logits, atol=1e-9 * size)
    for factor, gram in (
        (classifier, geometry.classifier_gram),
        (means, geometry.embedding_gram),
    ):
        np.testing.assert_allclose(factor @ factor.T, gram, atol=1e-9 * np.abs(gram).max())
    # Both factors of a product of least norm weigh the same in every direction.
    weighted = decay_ratio * (means.T * counts) @ means
    balance = classifier.T @ classifier
    np.testing.assert_allclose(balance, weighted, atol=1e-8 * np.abs(balance).max())
    plain = seli(counts, loss, delta).classifier_gram
    grown = np.sqrt(decay_ratio) * plain
    np.testing.assert_allclose(geometry.classifier_gram, grown, atol=1e-9 * grown.max())


@pytest.mark.parametrize(
    ("counts", "loss", "delta"),
    [
        ([7.0, 1.0], "ce", None),
        ([30.0, 5.0, 1.0], "ce", None),
        ([30.0, 5.0, 1.0], "cdt", [2.0, 1.0, 0.4]),
        ([4.0, 20.0, 1.0], "ldt", [2.0, 1.0, 0.4]),
        ([50.0, 50.0, 2.0, 2.0], "cdt", [0.3, 0.3, 1.0, 1.0]),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_direct_search_finds_the_same(counts, loss, delta, seed):
    """Classifier and class means themselves, from a random start, by sequential programming."""
    counts = np.array(counts)
    geometry, size = seli(counts, loss, delta), len(counts)
    scale = multipliers(loss, None if delta is None else np.array(delta), size)
    off = ~np.eye(size, dtype=bool)

    def factors(flat):
        classifier, weighted = flat.reshape(2, size, size)
        return classifier, weighted / np.sqrt(counts)[:, None]

    def slack(flat):
        classifier, means = factors(flat)
        return margins(classifier @ means.T, scale)[off] - 1

    start = np.random.default_rng(seed).normal(size=2 * size * size)
    constraint = {"type": "ineq", "fun": slack}
    found = minimize(
        lambda x: x @ x / 2,
        start,
        jac=lambda x: x,
        constraints=constraint,
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-15},
    )
    classifier, means = factors(found.x)
    np.testing.assert_allclose(classifier @ means.T, geometry.logits, atol=2e-5)
    np.testing.assert_allclose(classifier @ classifier.T, geometry.classifier_gram, atol=2e-4)
    np.testing.assert_allclose(means @ means.T, geometry.embedding_gram, atol=2e-4)


@pytest.mark.parametrize(("size", "dim"), [(2, 1), (3, 2), (3, 3), (7, 10)])
@pytest.mark.parametrize("loss", LOSSES)
def test_equal_classes_form_the_simplex_etf(size, dim, loss):
    geometry = seli(np.full(size, 9.0), loss, None if loss == "ce" else np.ones(size))
    expected = simplex_etf(size, dim) * np.sqrt((size - 1) / size)
    np.testing.assert_allclose(geometry.classifier(dim), expected * np.sqrt(3), atol=1e-12)
    np.testing.assert_allclose(geometry.means(dim), expected / np.sqrt(3), atol=1e-12)
    np.testing.assert_allclose(geometry.alignment, 1)


@pytest.mark.parametrize("loss", LOSSES)
def test_coordinates_move_with_the_counts(loss):
    """Between two frames of a slider nothing flips, also from equal classes on."""
    ratios = np.concatenate([[1.0], np.geomspace(1.0001, 100, 300)])
    shapes = []
    for ratio in ratios:
        counts = 5.0 * ratio ** np.array([1.0, 0.5, 0.0])
        shape = seli(counts, loss, None if loss == "ce" else (counts / 5) ** 0.7)
        shapes.append(np.stack([shape.classifier() / np.sqrt(ratio), shape.means()]))
    assert np.abs(np.diff(shapes, axis=0)).max() < 0.02


@settings(max_examples=30, deadline=None)
@given(COUNTS)
def test_ldt_with_roots_of_the_counts_is_symmetric(counts):
    """The classifier is an ETF of equal norms for any class sizes; means differ in norm alone."""
    counts = np.array(counts, float)
    geometry, size = seli(counts, "ldt", np.sqrt(counts)), len(counts)
    simplex = np.eye(size) - 1 / size
    np.testing.assert_allclose(geometry.classifier_gram, simplex, atol=1e-10)
    root = np.sqrt(counts)
    np.testing.assert_allclose(geometry.embedding_gram * np.outer(root, root), simplex, atol=1e-10)
    np.testing.assert_allclose(geometry.alignment, 1, atol=1e-10)


def test_ldt_is_cross_entropy_with_effective_counts():
    counts, delta = np.array([400.0, 90.0, 16.0]), np.array([2.0, 3.0, 0.5])
    geometry, plain = seli(counts, "ldt", delta), seli(counts / delta**2, "ce")
    np.testing.assert_allclose(geometry.classifier_gram, plain.classifier_gram)
    np.testing.assert_allclose(geometry.means() * delta[:, None], plain.means(), atol=1e-14)


def test_cdt_with_roots_of_the_counts_is_self_dual():
    counts = np.array([100.0, 25.0, 4.0, 1.0])
    geometry = seli(counts, "cdt", np.sqrt(counts))
    np.testing.assert_allclose(
        geometry.means(), geometry.classifier() / np.sqrt(counts)[:, None], atol=1e-14
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([5],), r"counts must be of 2 to 2000 classes, got 1\."),
        (([5, 0],), r"counts must be finite and above 0, got 0\.0 at index 1\."),
        (([5, 0.5],), r"counts must be at least 1 each, got 0\.5\."),
        (([5, 1e13],), r"counts must be at most 1e12 each, got 10000000000000\.0\."),
        (([5, 1], "vs"), r"loss must be one of ce, cdt, ldt, got 'vs'\."),
        (([5, 1], "cdt"), r'delta must be given for loss "cdt", got None\.'),
        (([5, 1], "ce", [1, 1]), r'delta must be left out for loss "ce", got \[1, 1\]\.'),
        (([5, 1], "ldt", [1, -1]), r"delta must be finite and above 0, got -1\.0 at index 1\."),
        (([5, 1], "ldt", [1, 1, 1]), r"delta must be of length 2, got 3\."),
        (([5, 1], "ce", None, 0.0), r"decay_ratio must be above 0, got 0\.0\."),
    ],
)
def test_what_has_no_geometry_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        seli(*arguments)


def test_too_few_dimensions_are_refused():
    with pytest.raises(UserError, match=r"dim must be at least num_classes - 1 = 3, got 2\."):
        seli([4, 3, 2, 1]).means(2)
