"""Decision faces of the 1vs1adjuster where its boundaries do not meet in one point.

With a bias, or on a slice of feature space that misses the origin, the K (K - 1) / 2 pair
boundaries are lines in any position. They divide the window into convex faces within which no
vote changes (an arrangement of lines). Source of the vote: Hasegawa & Sato, ICLR 2025, arXiv
2409.17582, Algorithm 1; the faces are an own construction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.polygons import TOLERANCE, evaluate, planes_on_square, to_window
from app.adjust.tiling import tiling
from app.theory.checks import finite_array, require

Array = NDArray[np.float64]

MAX_CLASSES = 12  # 66 lines, at most 2212 faces


@dataclass(frozen=True, eq=False)
class Face:
    """A convex part of the window and who wins there.

    Attributes
    ----------
    winners : tuple of int
        The class with most votes; several, in ascending order, where votes are tied.
    polygon : (V, 2) array
        Corners, counter-clockwise.
    """

    winners: tuple[int, ...]
    polygon: Array


def decision_faces(
    weights: ArrayLike, bias: ArrayLike, factors: ArrayLike, window: ArrayLike
) -> list[Face]:
    """Return the faces into which the 1vs1adjuster divides a window.

    Class i beats class j where ``z_i factors_ij > z_j factors_ji`` with ``z = weights . p +
    bias``; the class that beats most others wins.

    Parameters
    ----------
    weights : (K, 2) array
        Gradient of each logit in the window's two coordinates, 2 to 12 classes. The adjuster
        compares logits of unit class vectors: divide weights and bias by the length of the
        class vector (in all dimensions, where the window is a slice) unless it is 1.
    bias : (K,) array
        Logits at the window's origin.
    factors : (K, K) array
        `app.theory.pair_factors`, of the angles between the class vectors in all dimensions.
    window : (xmin, xmax, ymin, ymax)

    Returns
    -------
    list of Face
        They fill the window; neighbours may have the same winners.

    Raises
    ------
    UserError
        If there are more than 12 classes (without a bias, `decision_sectors` takes more), a
        shape does not fit or a number is not finite.
    """
    rows = finite_array(weights, "weights", (None, 2))
    num_classes = len(rows)
    require(2 <= num_classes <= MAX_CLASSES, "weights", f"2 to {MAX_CLASSES} rows", num_classes)
    constants = finite_array(bias, "bias", (num_classes,))
    kappa = finite_array(factors, "factors", (num_classes, num_classes))
    planes = planes_on_square(rows, constants, window)
    i, j = np.triu_indices(num_classes, 1)
    leads = _leads(planes[i] * kappa[i, j, None], planes[j] * kappa[j, i, None])
    tiles = tiling(leads)
    ahead = evaluate(leads, tiles.centroids())
    votes = np.zeros((ahead.shape[1], num_classes), dtype=np.int64)
    np.add.at(votes.T, i, ahead > 0)
    np.add.at(votes.T, j, ahead < 0)
    wins = votes == votes.max(axis=1, keepdims=True)
    polygons = np.split(to_window(tiles.corners, window), tiles.firsts[1:])
    return [
        Face(tuple(np.flatnonzero(win).tolist()), polygon)
        for win, polygon in zip(wins, polygons, strict=True)
    ]


def _leads(own: Array, other: Array) -> Array:
    """Return (P, 3) functions above 0 where i beats j, at most 1 in size; 0 for equals."""
    lead = own - other
    size = np.abs(lead).sum(axis=1, keepdims=True)
    rounding = TOLERANCE * (np.abs(own) + np.abs(other)).sum(axis=1, keepdims=True)
    return np.where(size > rounding, lead, 0.0) / np.where(size > rounding, size, 1.0)
