"""Where training starts: the stage-1 classifier, a random one, or one that needs no training."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.features import FeatureSet, Rows
from app.probe.method import Start

FloatArray = NDArray[np.float64]

_ITERATIONS = 300
# Of the gradient. A tenth of it takes several times as long and moves accuracy by 0.05 points.
_TOLERANCE = 1e-3
# Ridge of the least-squares method, as a share of the mean variance of a feature.
_RIDGE = 1e-2


class Classifier(NamedTuple):
    """Rows W (K, d) and bias b (K,)."""

    weights: FloatArray
    bias: FloatArray


def stage1(data: FeatureSet, decay: float) -> Classifier:
    """Return the classifier the features came with, or fit cross-entropy on them.

    The fit minimises the mean loss plus ``decay / 2 |W|^2`` by L-BFGS, from zero, and ends after
    300 iterations where that is not enough: it is a start, not a result.
    """
    if data.weights is not None and data.bias is not None:
        return Classifier(data.weights.astype(np.float64), data.bias.astype(np.float64))
    return fit_cross_entropy(data.train, data.num_classes, decay)


def fit_cross_entropy(rows: Rows, num_classes: int, decay: float) -> Classifier:
    """Minimise mean cross-entropy plus ``decay / 2 |W|^2`` over W and b."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    features, labels = rows.features.astype(np.float64), rows.labels
    # With two classes it trains one row, of which half goes to each: a penalty half as large.
    strength = (2 if num_classes == 2 else 1) / (decay * labels.size)
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS, tol=_TOLERANCE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, labels)
    weights, bias = model.coef_, model.intercept_
    if num_classes == 2:
        weights = np.concatenate([-weights, weights]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    return Classifier(weights, bias)


def class_means(rows: Rows, num_classes: int) -> FloatArray:
    """Mean feature of each class, (K, d)."""
    total = np.zeros((num_classes, rows.features.shape[1]))
    np.add.at(total, rows.labels, rows.features)
    return total / np.bincount(rows.labels, minlength=num_classes)[:, None]


def nearest_mean(rows: Rows, num_classes: int) -> Classifier:
    """Return the linear form of the nearest class mean: ``<m_k, x> - |m_k|^2 / 2``."""
    means = class_means(rows, num_classes)
    return Classifier(means, -(means**2).sum(axis=1) / 2)


def least_squares(rows: Rows, num_classes: int, decay: float) -> Classifier:
    """Minimise ``|W x + b - onehot|^2 / 2`` averaged over samples plus ``decay / 2 |W|^2``."""
    features, labels = rows.features.astype(np.float64), rows.labels
    center = features.mean(axis=0)
    shares = np.bincount(labels, minlength=num_classes) / labels.size
    centred = features - center
    gram = centred.T @ centred / labels.size + decay * np.eye(center.size)
    # Centred features make the targets' mean drop out of the cross moments.
    moments = (class_means(Rows(centred, labels), num_classes) * shares[:, None]).T
    weights = np.linalg.lstsq(gram, moments, rcond=None)[0].T
    return Classifier(weights, shares - weights @ center)


def start_of(start: Start, data: FeatureSet, first: Classifier, seed: int) -> Classifier:
    """Return where a method starts.

    Parameters
    ----------
    start : str
        See `app.probe.methods.Method`.
    data : FeatureSet
    first : Classifier
        Of stage 1.
    seed : int
        Of a random start.
    """
    makers: dict[Start, Callable[[], Classifier]] = {
        "stage1": lambda: first,
        "random": lambda: _random(first, seed),
        "means": lambda: nearest_mean(data.train, data.num_classes),
        "least-squares": lambda: least_squares(
            data.train, data.num_classes, _RIDGE * float(data.train.features.var(axis=0).mean())
        ),
    }
    return makers[start]()


def _random(like: Classifier, seed: int) -> Classifier:
    """Entries uniform within 1 / sqrt(d), as ``torch.nn.Linear`` has them."""
    rng = np.random.default_rng([seed, 2])
    width = 1 / np.sqrt(like.weights.shape[1])
    return Classifier(
        rng.uniform(-width, width, like.weights.shape), rng.uniform(-width, width, like.bias.shape)
    )
