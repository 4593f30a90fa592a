"""Values and gradients of the losses, in the coordinates of `app.centers.model`.

The functions of `app.losses.centers`, written out for speed: no product of matrices.
"""

import math

import numpy as np
from numpy.typing import NDArray

from app.centers.model import Model

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


def value_and_gradient(model: Model, X: Matrix, lengths: Array) -> tuple[float, Matrix, Array]:
    """Return the objective and its gradients.

    Parameters
    ----------
    model : Model
    X : (N, d) array
        Features.
    lengths : (K,) array
        Of the frame's vectors; 1 in a fixed frame.

    Returns
    -------
    value : float
        Mean loss over the samples; for loss P the objective as it is, a sum.
    gradient : (N, d) array
        Of each sample's own loss in its feature (N times that of the mean); for loss P of the
        objective.
    slopes : (K,) array
        Gradient in the lengths; 0 in a fixed frame.
    """
    if model.loss == "p":
        return _regression(model, X, lengths)
    norms = np.sqrt(np.einsum("ij,ij->i", X, X))
    data = _cross_entropy if model.loss == "ce" else _cosine
    losses, gradient = data(model, X, norms)
    losses = losses + model.norm_decay * (norms - 1) ** 2
    return float(losses.mean()), gradient, np.zeros(model.num_classes)


def curvature(model: Model, X: Matrix, lengths: Array) -> float:
    """Return a bound on the curvature, whose inverse is a learning rate that does not overshoot.

    For the cosine losses on features of length 1, and shrinking with the square of it.
    """
    frame = model.frame
    c2, s2, f = math.cos(frame.theta) ** 2, math.sin(frame.theta) ** 2, frame.per_class
    if model.loss == "ce":
        return 0.5 + 2 * model.norm_decay
    if model.loss == "p":
        features = float((lengths**2 * (c2 + f * s2)).max()) / model.total + model.feature_decay
        return features + (_length_curvature(model, X) if model.learned else 0.0)
    cos = frame.cos_alpha if model.loss == "cosine" else np.ones(1)
    weights, pulls = (cos, f) if model.loss == "cosine" else (np.ones(1), np.ones(1))
    return float((2 * weights * (c2 + pulls * cos * (1 + cos))).max()) + 2 * model.norm_decay


def _cosine(model: Model, X: Matrix, norms: Array) -> tuple[Array, Matrix]:
    """Cosine loss to all centers of the class, or to the nearest alone, (N,); whole gradient."""
    c, s = math.cos(model.frame.theta), math.sin(model.frame.theta)
    weights = model.frame.cos_alpha if model.loss == "cosine" else np.ones(model.num_classes)
    losses, radial, pulls = np.empty(len(X)), np.empty(len(X)), []
    for k, (rows, columns) in enumerate(model.blocks):
        cosines = (c * X[rows, columns] + s * X[rows, k, None]) / norms[rows, None]
        misses = cosines - 1
        if model.loss == "nearest":
            misses *= misses.argmax(axis=1)[:, None] == np.arange(misses.shape[1])
        losses[rows] = weights[k] * (misses**2).sum(axis=1)
        pull = 2 * weights[k] * misses
        radial[rows] = (pull * cosines).sum(axis=1)
        pulls.append(pull / norms[rows, None])
    # The part along the feature and the norm term, both multiples of the feature.
    gradient = X * (_norm_slopes(model, norms) - radial / norms**2)[:, None]
    for k, (rows, columns) in enumerate(model.blocks):
        gradient[rows, columns] += c * pulls[k]
        gradient[rows, k] += s * pulls[k].sum(axis=1)
    return losses, gradient


def _cross_entropy(model: Model, X: Matrix, norms: Array) -> tuple[Array, Matrix]:
    """Cross-entropy of the inner products with the class vectors, (N,); whole gradient."""
    K, rows = model.num_classes, np.arange(len(X))
    shifted = X[:, :K] - X[rows, model.labels, None]
    top = shifted.max(axis=1)
    odds = np.exp(shifted - top[:, None])
    total = odds.sum(axis=1)
    gradient = X * _norm_slopes(model, norms)[:, None]
    gradient[:, :K] += odds / total[:, None]
    gradient[rows, model.labels] -= 1.0
    return top + np.log(total), gradient


def _norm_slopes(model: Model, norms: Array) -> Array:
    """Gradient of ``norm_decay (|h| - 1)^2`` over the feature, (N,)."""
    return np.asarray(2 * model.norm_decay * (1 - 1 / norms))


def _regression(model: Model, X: Matrix, lengths: Array) -> tuple[float, Matrix, Array]:
    """Loss P."""
    frame, total = model.frame, model.total
    c, s, K = math.cos(frame.theta), math.sin(frame.theta), model.num_classes
    arms = slice(K, K + frame.num_centers)
    cosines = c * X[:, arms] + s * X[:, frame.owners]
    sizes = lengths[frame.owners]
    misses = sizes * cosines
    for rows, columns in model.blocks:
        misses[rows, columns.start - K : columns.stop - K] -= 1
    value = float((misses**2).sum()) / (2 * total)
    value += model.feature_decay / 2 * float((X**2).sum())
    slopes = np.zeros(K)
    if model.learned:
        by_center = (misses * cosines).sum(axis=0) / total
        slopes = np.add.reduceat(by_center, frame.starts) + model.weight_decay * lengths
        value += model.weight_decay / 2 * float(lengths @ lengths)
    pulls = misses * (sizes / total)
    gradient = model.feature_decay * X
    gradient[:, arms] += c * pulls
    gradient[:, :K] += s * np.add.reduceat(pulls, frame.starts, axis=1)
    return value, gradient, slopes


def _length_curvature(model: Model, X: Matrix) -> float:
    """Curvature of loss P in the length of the class whose length matters most."""
    frame, K = model.frame, model.num_classes
    c, s = math.cos(frame.theta), math.sin(frame.theta)
    cosines = c * X[:, K : K + frame.num_centers] + s * X[:, frame.owners]
    squares = np.add.reduceat((cosines**2).sum(axis=0), frame.starts)
    return float(squares.max()) / model.total + model.weight_decay
