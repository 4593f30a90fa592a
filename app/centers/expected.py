"""Where theory says that training ends."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.centers.model import Model
from app.theory import fixed_frame_optimum, learned_frame_optimum
from app.theory.centers_optimum import CentersOptimum

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Expected:
    """The end of training.

    Attributes
    ----------
    directions : (K, d) array or None
        Unit vectors that the features of each class end at; zeros for a class that collapses to
        0. None where each feature ends at one of several points.
    lengths : (K,) array or None
        Of the frame's vectors; None in a fixed frame.
    levels : dict of str to float
        Values of metrics.
    feature_lengths : (K,) array or None
        Of the features of each class under loss P; None where only directions end.
    """

    directions: Matrix | None
    lengths: Array | None
    levels: dict[str, float]
    feature_lengths: Array | None = None

    def cosines(self, model: Model) -> Array:
        """Cosines of features and class vector, (K,): the margin of the rule RCR."""
        if self.directions is None:
            return np.full(model.num_classes, math.sin(model.frame.theta))
        return np.asarray(np.diag(self.directions[:, : model.num_classes]))


def expected(model: Model) -> Expected:
    """Return the end of training.

    Cosine loss: on the sphere the mean direction is the only minimum, since the Hessian of
    ``|1 - W_k h|^2`` has no other stationary point with multiplier than the mean and its opposite
    (derived here). Loss P: `app.theory.fixed_frame_optimum` or `learned_frame_optimum`. Nearest
    center: any own center. Cross-entropy with orthonormal class vectors: by symmetry a simplex
    ETF, ``e_k - 1/K``.
    """
    if model.loss == "cosine":
        return _mean_directions(model)
    if model.loss == "p":
        return _regression(model)
    return _nearest(model) if model.loss == "nearest" else _cross_entropy(model)


def optimum_of(model: Model) -> CentersOptimum:
    """Return the minimum of loss P for a model."""
    settings = model.counts, model.frame.per_class, model.frame.theta
    if model.learned:
        return learned_frame_optimum(*settings, model.weight_decay, model.feature_decay)
    return fixed_frame_optimum(*settings, model.feature_decay)


def _mean_directions(model: Model) -> Expected:
    cos, f = model.frame.cos_alpha, model.frame.per_class
    floor = _average(model, cos * f * (1 - cos) ** 2)
    return Expected(
        model.frame.directions, None, {"objective": floor} | _levels(model, model.frame.directions)
    )


def _regression(model: Model) -> Expected:
    optimum = optimum_of(model)
    directions = np.where(optimum.collapsed[:, None], 0.0, model.frame.directions)
    lengths = np.sqrt(optimum.classifier_norms_squared) if model.learned else None
    levels = {"objective": optimum.objective}
    if not optimum.collapsed.any():
        levels |= _levels(model, directions)
    return Expected(directions, lengths, levels, np.sqrt(optimum.feature_norms_squared))


def _nearest(model: Model) -> Expected:
    away = _average(model, 2 - 2 * model.frame.cos_alpha)
    levels = {"nc_ave": away, "variability": 1 - math.sin(model.frame.theta)}
    return Expected(None, None, levels | {"objective": 0.0, "center_distance": 0.0})


def _cross_entropy(model: Model) -> Expected:
    K = model.num_classes
    directions = np.zeros((K, model.frame.dim))
    directions[:, :K] = (np.eye(K) - 1 / K) * math.sqrt(K / (K - 1))
    return Expected(directions, None, _levels(model, directions))


def _levels(model: Model, directions: Matrix) -> dict[str, float]:
    """Metrics of features at unit directions (K, d)."""
    frame = model.frame
    nc = ((directions - frame.directions) ** 2).sum(axis=1)
    cosines = directions @ frame.centers.T
    own = frame.owners == np.arange(model.num_classes)[:, None]
    nearest = np.where(own, cosines, -1.0).max(axis=1)
    return {
        "nc_ave": _average(model, nc),
        "variability": _average(model, 1 - np.diag(directions[:, : model.num_classes])),
        "center_distance": _average(model, 2 - 2 * nearest),
    }


def _average(model: Model, by_class: Array) -> float:
    """Mean over samples of a value (K,) that all samples of a class share."""
    return float(model.counts @ by_class / model.counts.sum())
