"""Norms and angles of a classifier and class means, class by class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shape:
    """What does not change when classifier and class means are rotated together.

    Attributes
    ----------
    classifier_norms, mean_norms : (K,) arrays
        ``||w_k||`` and ``||h_k||``.
    alignment : (K,) array
        Angle between ``w_k`` and ``h_k`` in degrees; NaN where one of them is zero.
    separation : (K,) array
        Angle between ``w_k`` and the nearest other class vector in degrees; NaN where ``w_k`` is
        zero. It is zero for classes that have collapsed onto each other.
    """

    classifier_norms: Array
    mean_norms: Array
    alignment: Array
    separation: Array


def shape_of(classifier: Array, means: Array) -> Shape:
    """Return norms and angles of class vectors and class means, both (K, d).

    Angles come from lengths of differences of unit vectors (Kahan, 2006, "How futile are mindless
    assessments of roundoff in floating-point computation?", section 12): their cosines would lose
    half of the digits where the angle is small.
    """
    W, H = (_units(block) for block in _short(classifier, means))
    pairs = np.stack([_angles(w, W) for w in W])
    np.fill_diagonal(pairs, np.inf)
    nearest = np.where(np.isnan(pairs), np.inf, pairs).min(axis=1)
    lost = np.isinf(nearest) | np.isnan(W[:, 0])
    return Shape(
        np.linalg.norm(classifier, axis=1),
        np.linalg.norm(means, axis=1),
        _angles(W, H),
        np.where(lost, np.nan, nearest),
    )


def _short(classifier: Array, means: Array) -> tuple[Array, Array]:
    """The same vectors in at most 2K coordinates: of their span."""
    stack = np.concatenate([classifier, means])
    if stack.shape[1] > len(stack):
        stack = np.asarray(np.linalg.qr(stack.T)[1]).T
    return stack[: len(classifier)], stack[len(classifier) :]


def _units(vectors: Array) -> Array:
    """Rows of length 1; NaN where a row is zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    blank = np.full(vectors.shape, np.nan)
    return np.asarray(np.divide(vectors, norms, out=blank, where=norms > 0))


def _angles(a: Array, b: Array) -> Array:
    """Angles in degrees between unit vectors along the last axis."""
    apart, along = np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1)
    return np.asarray(np.rad2deg(2 * np.arctan2(apart, along)))
