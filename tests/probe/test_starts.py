import numpy as np
import pytest

from app.data.features import Rows
from app.probe.starts import class_means, fit_cross_entropy, least_squares, nearest_mean, stage1
from tests.probe.sets import clouds

DATA = clouds([40, 20, 7, 3], dim=5)
X, Y = DATA.train.features.astype(float), DATA.train.labels


@pytest.mark.parametrize("classes", [2, 4])
def test_stage_1_is_the_minimum_of_its_objective(classes):
    keep = classes > Y
    X_, y = X[keep], Y[keep]
    W, b = fit_cross_entropy(Rows(X_.astype(np.float32), y), classes, 0.01)
    z = X_ @ W.T + b
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    slopes = (p - np.eye(classes)[y]) / y.size
    np.testing.assert_allclose(slopes.T @ X_ + 0.01 * W, 0, atol=2e-3)
    np.testing.assert_allclose(slopes.sum(axis=0), 0, atol=2e-3)
    assert W.shape == (classes, 5)


def test_a_classifier_that_came_with_the_features_is_used():
    given = clouds([5, 3], dim=2)
    W, b = np.array([[1, 2], [3, 4]], np.float32), np.array([5, 6], np.float32)
    found = stage1(type(given)(**{**given.__dict__, "weights": W, "bias": b}), 0.1)
    np.testing.assert_array_equal(found.weights, W)
    np.testing.assert_array_equal(found.bias, b)


def test_the_nearest_mean():
    from sklearn.neighbors import NearestCentroid

    W, b = nearest_mean(DATA.train, 4)
    expected = NearestCentroid().fit(X, Y).predict(DATA.test.features)
    np.testing.assert_array_equal((DATA.test.features @ W.T + b).argmax(axis=1), expected)
    np.testing.assert_allclose(class_means(DATA.train, 4)[1], X[Y == 1].mean(axis=0))


def test_least_squares():
    from sklearn.linear_model import Ridge

    W, b = least_squares(DATA.train, 4, 0.3)
    ridge = Ridge(alpha=0.3 * Y.size).fit(X, np.eye(4)[Y])
    np.testing.assert_allclose(W, ridge.coef_, atol=1e-9)
    np.testing.assert_allclose(b, ridge.intercept_, atol=1e-9)


def test_constant_features_are_no_obstacle():
    dull = Rows(np.ones((6, 3), np.float32), np.array([0, 0, 0, 1, 1, 2]))
    for found in (least_squares(dull, 3, 0.0), fit_cross_entropy(dull, 3, 0.1)):
        assert np.isfinite(found.weights).all()
    W, b = least_squares(dull, 3, 0.0)
    np.testing.assert_allclose(dull.features @ W.T + b, [[1 / 2, 1 / 3, 1 / 6]] * 6, atol=1e-6)
