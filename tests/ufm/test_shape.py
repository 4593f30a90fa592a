import numpy as np
import pytest

from app.theory import seli, simplex_etf
from app.ufm.shape import shape_of


@pytest.mark.parametrize("num_classes", [2, 3, 10])
def test_a_simplex_has_its_angles(num_classes):
    vectors = simplex_etf(num_classes)
    shape = shape_of(2 * vectors, 0.5 * vectors)
    np.testing.assert_allclose(shape.classifier_norms, 2)
    np.testing.assert_allclose(shape.mean_norms, 0.5)
    np.testing.assert_allclose(shape.alignment, 0, atol=1e-6)
    angle = np.degrees(np.arccos(-1 / (num_classes - 1)))
    np.testing.assert_allclose(shape.separation, angle, rtol=1e-7)


def test_it_agrees_with_the_predicted_geometry():
    geometry = seli((1000, 300, 100, 30, 10))
    shape = shape_of(geometry.classifier(12), geometry.means(12))
    np.testing.assert_allclose(shape.classifier_norms, geometry.classifier_norms)
    np.testing.assert_allclose(shape.mean_norms, geometry.embedding_norms)
    np.testing.assert_allclose(np.cos(np.deg2rad(shape.alignment)), geometry.alignment)
    cosines = geometry.classifier_cosines - 2 * np.eye(5)
    np.testing.assert_allclose(np.cos(np.deg2rad(shape.separation)), cosines.max(axis=1))


def test_small_angles_keep_their_digits():
    tilt = np.deg2rad(1e-9)
    vectors = np.array([[1.0, 0.0], [np.cos(tilt), np.sin(tilt)], [-1.0, 0.0]])
    np.testing.assert_allclose(shape_of(vectors, vectors).separation[:2], 1e-9, rtol=1e-6)


def test_many_dimensions_give_what_few_do():
    rng = np.random.default_rng(0)
    classifier, means = rng.normal(size=(2, 4, 6))
    turn = np.linalg.qr(rng.normal(size=(500, 6)))[0].T
    near, far = shape_of(classifier, means), shape_of(classifier @ turn, means @ turn)
    for field in ("classifier_norms", "mean_norms", "alignment", "separation"):
        np.testing.assert_allclose(getattr(far, field), getattr(near, field))


def test_zero_vectors_have_no_angle():
    classifier = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    means = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    shape = shape_of(classifier, means)
    np.testing.assert_array_equal(np.isnan(shape.alignment), [False, True, True])
    np.testing.assert_allclose(shape.separation, [90, np.nan, 90])
    alone = shape_of(np.eye(3) * [[1], [0], [0]], np.eye(3))
    assert np.isnan(alone.separation).all()
