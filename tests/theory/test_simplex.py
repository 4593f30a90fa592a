import numpy as np
import pytest

from app.errors import UserError
from app.theory import etf_angle, simplex_etf


@pytest.mark.parametrize(
    ("num_classes", "dim"), [(2, 1), (2, 5), (3, 2), (3, 3), (10, 9), (10, 64), (200, 199)]
)
def test_inner_products(num_classes, dim):
    vertices = simplex_etf(num_classes, dim, seed=4)
    assert vertices.shape == (num_classes, dim)
    expected = np.full((num_classes, num_classes), -1 / (num_classes - 1))
    np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(vertices @ vertices.T, expected, atol=1e-14)
    np.testing.assert_allclose(vertices.sum(axis=0), 0, atol=1e-12)


def test_the_fewest_dimensions_are_the_default():
    assert simplex_etf(7).shape == (7, 6)


def test_flat_pictures_are_canonical():
    triangle = simplex_etf(3, 2, seed=9)
    np.testing.assert_array_equal(triangle[0], [0, 1])
    turn = np.unwrap(np.arctan2(triangle[:, 1], triangle[:, 0]))
    np.testing.assert_allclose(np.diff(turn), 2 * np.pi / 3)
    np.testing.assert_array_equal(simplex_etf(2, 1), [[1], [-1]])
    np.testing.assert_array_equal(simplex_etf(2, 2), [[0, 1], [0, -1]])


def test_the_seed_chooses_the_orientation():
    np.testing.assert_array_equal(simplex_etf(4, 3, seed=1), simplex_etf(4, 3, seed=1))
    assert np.abs(simplex_etf(4, 3, seed=1) - simplex_etf(4, 3, seed=2)).max() > 0.1


def test_orientations_are_uniform():
    """A QR factor without the sign correction would keep the first coordinate one-sided."""
    first = np.array([simplex_etf(4, 3, seed=s)[0] for s in range(400)])
    np.testing.assert_allclose(first.mean(axis=0), 0, atol=4 / np.sqrt(3 * 400))


@pytest.mark.parametrize(
    ("num_classes", "degrees"), [(2, 180), (3, 120), (10, 96.379), (1001, 90.057)]
)
def test_angle(num_classes, degrees):
    assert np.degrees(etf_angle(num_classes)) == pytest.approx(degrees, abs=5e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), r"num_classes must be at least 2, got 1"),
        ((10, 8), r"dim must be at least num_classes - 1 = 9, got 8"),
        ((3, 2, -1), r"seed must be at least 0, got -1"),
    ],
)
def test_what_does_not_exist_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        simplex_etf(*arguments)
