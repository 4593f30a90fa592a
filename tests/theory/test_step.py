import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import seli, step_geometry, step_limit

TEMPERATURE = st.floats(0.1, 10.0)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.floats(0.5, 500.0),
    st.sampled_from(["ce", "cdt", "ldt"]),
    st.tuples(TEMPERATURE, TEMPERATURE),
    st.floats(2.0, 50.0),
)
def test_equals_the_general_square_root(num_majority, num_minority, ratio, loss, delta, smallest):
    delta = (1.0, 1.0) if loss == "ce" else delta
    sizes = [num_majority, num_minority]
    counts = np.repeat([ratio * smallest, smallest], sizes)
    general = seli(counts, loss, None if loss == "ce" else np.repeat(delta, sizes))
    closed = step_geometry(*sizes, ratio, loss, delta, smallest)
    for gram, expected in (
        (closed.classifier, general.classifier_gram),
        (closed.embedding, general.embedding_gram),
    ):
        np.testing.assert_allclose(gram.matrix(), expected, atol=1e-11 * np.abs(expected).max())
    ends = closed.majority_alignment, closed.minority_alignment
    np.testing.assert_allclose(ends, general.alignment[[0, -1]], rtol=1e-9)
    cosines = general.embedding_cosines
    if num_majority > 1:
        assert closed.embedding.angles.majority == pytest.approx(cosines[0, 1], abs=1e-9)
    if num_minority > 1:
        assert closed.embedding.angles.minority == pytest.approx(cosines[-1, -2], abs=1e-9)
    assert closed.embedding.angles.across == pytest.approx(cosines[0, -1], abs=1e-9)


@pytest.mark.parametrize("sizes", [(5, 5), (1, 3), (3, 1), (1, 1), (2, 7)])
@pytest.mark.parametrize("loss", ["ce", "cdt", "ldt"])
def test_the_limit_is_reached(sizes, loss):
    delta = (1.0, 1.0) if loss == "ce" else (3.0, 0.7)
    limit = step_limit(*sizes, loss, delta[0] / delta[1])
    far = step_geometry(*sizes, 1e26, loss, delta)
    np.testing.assert_allclose(limit.classifier, far.classifier.angles, atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(limit.embedding, far.embedding.angles, atol=1e-6, rtol=1e-6)


def test_the_limit_of_ten_classes():
    """Norm ratio and cosines of arXiv 2303.07608's set-up stay finite."""
    classifier, embedding = step_limit(5, 5)
    np.testing.assert_allclose(classifier, (12.313708, -0.148487, 1.0, -0.284974), atol=1e-6)
    np.testing.assert_allclose(embedding, (0.0, -0.062224, -0.25, 0.0), atol=1e-6)


def test_minority_vectors_become_parallel_at_the_stated_rate():
    ratio = np.array([1e8, 1e10])
    apart = 1 - step_geometry(5, 5, ratio).classifier.angles.minority
    np.testing.assert_allclose(apart * np.sqrt(ratio), 10 * np.sqrt(0.5) / 0.5, rtol=3e-3)


def test_many_ratios_and_temperatures_at_once():
    ratio = np.geomspace(1, 100, 7)
    delta = ratio[:, None] ** np.linspace(-1, 1, 5), 1.0
    many = step_geometry(4, 6, ratio[:, None], "cdt", delta)
    assert many.classifier.matrix().shape == (7, 5, 10, 10)
    one = step_geometry(4, 6, ratio[3], "cdt", (delta[0][3, 1], 1.0))
    np.testing.assert_allclose(many.embedding.matrix()[3, 1], one.embedding.matrix())
    assert many.classifier.angles.across[3, 1] == pytest.approx(one.classifier.angles.across)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5, 10), r"num_majority must be at least 1, got 0\."),
        ((5, 0, 10), r"num_minority must be at least 1, got 0\."),
        ((1999, 2, 10), r"num_majority \+ num_minority must be at most 2000, got 2001\."),
        ((5, 5, 0), r"ratio must be finite and above 0, got 0\.0\."),
        ((5, 5, 10, "la"), r"loss must be one of ce, cdt, ldt, got 'la'\."),
        ((5, 5, 10, "ce", (2, 1)), r'delta must be left at 1 for loss "ce"'),
        ((5, 5, 10, "ldt", (2, 0)), r"delta must be finite and above 0, got 0\.0\."),
    ],
)
def test_what_is_no_step_profile_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        step_geometry(*arguments)
