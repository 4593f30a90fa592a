import numpy as np
import pytest

from app.errors import UserError
from app.theory import equalizing_gamma, seli, symmetric_ldt


@pytest.mark.parametrize(
    ("loss", "of", "ratio", "expected", "digits"),
    [
        ("cdt", "classifier", 10, 0.587, 3),
        ("cdt", "classifier", 100, 0.548, 3),
        ("cdt", "classifier", 1e12, 0.51, 2),
        ("cdt", "embedding", 10, -0.5, 12),
        ("ldt", "classifier", 10, 0.5, 12),
        ("ldt", "embedding", 10, -0.438, 3),
        ("ldt", "embedding", 100, -0.465, 3),
    ],
)
def test_known_exponents(loss, of, ratio, expected, digits):
    found = equalizing_gamma(5, 5, ratio, loss, of)
    assert round(float(found), digits) == pytest.approx(expected)


@pytest.mark.parametrize("sizes", [(3, 7), (7, 3), (2, 9)])
@pytest.mark.parametrize("loss", ["cdt", "ldt"])
@pytest.mark.parametrize("of", ["classifier", "embedding"])
def test_the_norms_become_equal(sizes, loss, of):
    ratios = np.array([3.0, 30.0])
    for ratio, gamma in zip(ratios, equalizing_gamma(*sizes, ratios, loss, of), strict=True):
        counts = np.repeat([4 * ratio, 4.0], sizes)
        geometry = seli(counts, loss, counts**gamma)
        norms = geometry.classifier_norms if of == "classifier" else geometry.embedding_norms
        assert norms[0] == pytest.approx(norms[-1])
        other = geometry.embedding_norms if of == "classifier" else geometry.classifier_norms
        assert abs(np.log(other[0] / other[-1])) > 0.2


def test_where_no_exponent_does_it():
    assert np.isnan(equalizing_gamma(2, 2, 1.05, "cdt"))


@pytest.mark.parametrize("reach", [1e-3, 0.3, 3.0])
def test_symmetric_at_every_decay(search, reach):
    """An unconstrained search finds a simplex ETF, whatever the class sizes and the decay."""
    counts = np.array([80.0, 30.0, 9.0, 2.0])
    delta, weights = symmetric_ldt(counts)
    assert delta.mean() == pytest.approx(1)
    decays = np.full(2, reach / counts.sum())
    _, classifier, means = search(counts, decays, delta * np.ones((4, 4)), 0.0, weights)
    simplex = np.eye(4) - 1 / 4
    for vectors in (classifier, means * np.sqrt(counts)[:, None]):
        gram = vectors @ vectors.T
        np.testing.assert_allclose(gram, gram[0, 0] / 0.75 * simplex, atol=1e-4 * gram[0, 0])
        assert gram[0, 0] > 1e-2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 1, 10, "cdt"), r"num_majority and num_minority must be at least 2, got 1\."),
        ((5, 5, 1, "cdt"), r"ratio must be above 1, got 1\.0\."),
        ((5, 5, 10, "ce"), r"loss must be one of cdt, ldt, got 'ce'\."),
        ((5, 5, 10, "cdt", "bias"), r"of must be one of classifier, embedding, got 'bias'\."),
    ],
)
def test_what_cannot_be_equalized_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        equalizing_gamma(*arguments)
