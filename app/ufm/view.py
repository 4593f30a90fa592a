"""Three-dimensional views of a classifier and class means that live in more dimensions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

Array = NDArray[np.float64]

# What a view may lose of the squared lengths and still be called exact.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class View:
    """Classifier and class means on three axes.

    Attributes
    ----------
    classifier, means : (K, 3) arrays
        Coordinates on the axes, in the units of the originals.
    axes : (d, 3) array
        Orthonormal columns, zero beyond the dimension; ``features @ axes`` shows features in
        the same view.
    share : float
        Part of the squared length that the axes keep, of classifier and class means each scaled
        to the same length, in [0, 1].
    exact : bool
        Whether nothing is lost, so that every angle and length in the view is true.
    """

    classifier: Array
    means: Array
    axes: Array
    share: float
    exact: bool


def project(classifier: Array, means: Array, axes: Array | None = None) -> View:
    """Show class vectors and class means, both (K, d), in three dimensions.

    Parameters
    ----------
    classifier, means : (K, d) arrays
    axes : (d, 3) array, optional
        Orthonormal columns; by default `principal_axes` of what is shown. The snapshots of one
        run are shown on the axes of its last.

    Raises
    ------
    UserError
        If shapes do not fit or something is not finite.
    """
    if axes is None:
        axes = principal_axes(classifier, means)
    stack = _scaled(classifier, means)
    if axes.shape != (stack.shape[1], 3):
        raise UserError(f"axes must have shape ({stack.shape[1]}, 3), got {axes.shape}.")
    whole, kept = np.sum(stack**2), np.sum((stack @ axes) ** 2)
    lost = np.sum((stack - stack @ axes @ axes.T) ** 2)
    exact = bool(lost <= _ROUNDING * whole)
    share = 1.0 if exact else float(min(kept / whole, 1.0))
    return View(classifier @ axes, means @ axes, axes, share, exact)


def principal_axes(classifier: Array, means: Array, like: Array | None = None) -> Array:
    """Return the three directions that keep most of the squared lengths, (d, 3).

    They are principal components without centring, since angles and norms are from the origin, of
    classifier and class means each scaled to the same total length. On every axis the largest
    coordinate is positive.

    Parameters
    ----------
    classifier, means : (K, d) arrays
    like : (d, 3) array, optional
        Axes of a view before: the new ones span the same space as without it and are turned
        within it to come as near to the old as they can (orthogonal Procrustes, Schönemann,
        1966), so that a moving picture does not flip.

    Raises
    ------
    UserError
        If shapes do not fit or something is not finite.
    """
    stack = _scaled(classifier, means)
    directions = np.linalg.svd(stack, full_matrices=False)[2][:3]
    axes = np.zeros((stack.shape[1], 3))
    axes[:, : len(directions)] = directions.T
    if like is not None:
        return np.asarray(axes @ _rotation(axes, like))
    places = stack @ axes
    largest = np.take_along_axis(places, np.abs(places).argmax(axis=0)[None], axis=0)[0]
    return np.asarray(axes * np.where(largest < 0, -1.0, 1.0))


def turned_onto(
    classifier: Array, means: Array, target_classifier: Array, target_means: Array
) -> tuple[Array, Array]:
    """Rotate a geometry, which is known up to rotation, onto a measured one: `turn_onto` applied.

    Returns
    -------
    classifier, means : (K, d) arrays
        The prediction in the coordinates of the target.
    """
    turn = turn_onto(classifier, means, target_classifier, target_means)
    return classifier @ turn, means @ turn


def turn_onto(
    classifier: Array, means: Array, target_classifier: Array, target_means: Array
) -> Array:
    """Return the orthogonal map (r, d) that brings one geometry nearest to another.

    Parameters
    ----------
    classifier, means : (K, r) arrays
        What is turned, classifier and class means weighing the same.
    target_classifier, target_means : (K, d) arrays
        If r is above d the map loses what does not fit.

    Raises
    ------
    UserError
        If shapes do not fit or something is not finite.
    """
    source = _scaled(classifier, means)
    target = _scaled(target_classifier, target_means)
    if len(source) != len(target):
        raise UserError(
            f"both geometries must have K classes, got {len(source) // 2} and {len(target) // 2}."
        )
    return _rotation(source, target)


def _rotation(source: Array, target: Array) -> Array:
    """Map with orthonormal rows or columns that brings ``source @ map`` nearest to target."""
    left, _, right = np.linalg.svd(source.T @ target, full_matrices=False)
    return np.asarray(left @ right)


def _scaled(classifier: Array, means: Array) -> Array:
    """Both blocks over each other, (2K, d), each of total squared length 1 unless it is zero."""
    shapes = np.shape(classifier), np.shape(means)
    if len(shapes[0]) != 2 or shapes[0] != shapes[1] or 0 in shapes[0]:
        raise UserError(
            f"classifier and means must both have shape (K, d), got {shapes[0]} and {shapes[1]}."
        )
    blocks = [np.asarray(block, dtype=float) for block in (classifier, means)]
    if not all(np.isfinite(block).all() for block in blocks):
        raise UserError("classifier and means must be finite.")
    return np.concatenate([block / (np.linalg.norm(block) or 1.0) for block in blocks])
