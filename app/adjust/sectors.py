"""Decision sectors of the 1vs1adjuster in the plane, for a classifier without bias.

Every pair's boundary is a whole line through the origin, so the plane falls into at most
K (K - 1) sectors within which no vote changes. Source: Hasegawa & Sato, ICLR 2025, arXiv
2409.17582, Algorithm 1; sectors, and weights other than the simplex ETF, are own derivations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.wedge import TURN, wedge_polygons
from app.theory import pair_angles, weight_angles
from app.theory.checks import finite_array, positive_vector, require
from app.theory.pairwise import NO_PLANE, unit_rows

Array = NDArray[np.float64]
Index = NDArray[np.intp]

MAX_CLASSES = 100

# Borders closer than this (radians) are one border, drawn apart by rounding.
SAME_BORDER = 1e-12


@dataclass(frozen=True, eq=False)
class Sector:
    """All directions from `start` to `end` (radians, counter-clockwise) and who wins there.

    Attributes
    ----------
    start, end : float
        ``0 <= start < 2 pi`` and ``start < end <= start + 2 pi``.
    winners : tuple of int
        The class with most votes; several, in ascending order, where votes are tied.
    polygons : tuple of (V, 2) arrays
        The sector within the window, counter-clockwise: one polygon, or none or two where the
        window does not hold the origin.
    """

    start: float
    end: float
    winners: tuple[int, ...]
    polygons: tuple[Array, ...]

    @property
    def opening(self) -> float:
        """Angle between its borders, in radians."""
        return self.end - self.start


def decision_sectors(
    weights: ArrayLike,
    gamma: float,
    counts: ArrayLike,
    feature_norms: ArrayLike | None = None,
    window: ArrayLike = (-1.0, 1.0, -1.0, 1.0),
) -> list[Sector]:
    """Return the sectors into which the 1vs1adjuster divides the plane.

    Class i beats class j on the half plane that ends theta_ij (`app.theory.pair_angles`) from
    its weight vector towards that of j; the class that beats most others wins. The length of
    the weights plays no part.

    Parameters
    ----------
    weights : (K, 2) array
        Class vectors, none zero, 2 to 100 of them; the feature is classified without bias.
    gamma : float
        Exponent of the counts.
    counts : (K,) array
        Training samples of each class, above 0.
    feature_norms : (K,) array, optional
        Norms of the class-mean features; all equal by default.
    window : (xmin, xmax, ymin, ymax)
        What the polygons are cut to.

    Returns
    -------
    list of Sector
        Counter-clockwise, by `start`; they fill the circle, and neighbours differ in `winners`.

    Raises
    ------
    UserError
        If an argument is out of range or its shape does not fit.
    """
    rows = finite_array(weights, "weights", (None, 2))
    require(2 <= len(rows) <= MAX_CLASSES, "weights", f"2 to {MAX_CLASSES} rows", len(rows))
    sizes = positive_vector(counts, "counts", len(rows))
    psi = weight_angles(rows)
    middles, i, j = _half_planes(rows, psi, pair_angles(sizes, gamma, psi, feature_norms))
    borders, ids = _group(np.concatenate([middles - np.pi / 2, middles + np.pi / 2]))
    enters, leaves = ids.reshape(2, -1)
    votes = _votes(enters, leaves, i, j, (len(borders), len(rows)))
    return [
        Sector(start, end, winners, wedge_polygons(start, end, window))
        for start, end, winners in _merge(borders, votes)
    ]


def _half_planes(rows: Array, psi: Array, theta: Array) -> tuple[Array, Index, Index]:
    """Return the middle direction of the half plane on which i beats j, for pairs i < j.

    Opposite (or nearly equal) vectors span no plane to measure theta in: the border is half-way
    between them. Vectors of equal direction are left out, since neither beats the other.
    """
    i, j = np.triu_indices(len(rows), 1)
    i, j = (index[psi[i, j] > SAME_BORDER] for index in (i, j))
    unit = unit_rows(rows)
    turn = np.sign(unit[i, 0] * unit[j, 1] - unit[i, 1] * unit[j, 0])
    border = np.where(np.sin(psi[i, j]) < NO_PLANE, psi[i, j] / 2, theta[i, j])
    return np.arctan2(unit[i, 1], unit[i, 0]) + turn * (border - np.pi / 2), i, j


def _group(angles: Array) -> tuple[Array, Index]:
    """Return the (S,) distinct borders in [0, 2 pi), ascending, and which of them each angle is."""
    turned = angles % TURN
    turned[turned >= TURN] = 0.0  # the remainder of a tiny negative angle rounds up
    order = np.argsort(turned)
    ascending = turned[order]
    is_new = np.diff(ascending, prepend=ascending[-1:] - TURN) > SAME_BORDER
    ids = np.empty(len(angles), dtype=np.intp)
    # Angles just above 0 may belong to a border just below 2 pi: the last one.
    ids[order] = (np.cumsum(is_new) - 1) % max(int(is_new.sum()), 1)
    return ascending[is_new], ids


def _votes(
    enters: Index, leaves: Index, i: Index, j: Index, shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the (S, K) votes in the sector that follows each border, counter-clockwise.

    Votes only change at borders, where each pair passes one vote on, so a running sum has them.
    """
    change = np.zeros(shape, dtype=np.int64)
    for border, winner, loser in ((enters, i, j), (leaves, j, i)):
        np.add.at(change, (border, winner), 1)
        np.add.at(change, (border, loser), -1)
    before = np.where(enters > leaves, i, j)  # who leads in the last sector, before border 0
    return np.cumsum(change, axis=0) + np.bincount(before, minlength=shape[1])


def _merge(borders: Array, votes: NDArray[np.int64]) -> list[tuple[float, float, tuple[int, ...]]]:
    """Return (start, end, winners), neighbours with the same winners made one."""
    if len(borders) == 0:  # every class points the same way
        return [(0.0, TURN, tuple(range(votes.shape[1])))]
    wins = votes == votes.max(axis=1, keepdims=True)
    kept = np.flatnonzero((wins != np.roll(wins, 1, axis=0)).any(axis=1))
    if len(kept) == 0:
        return [(0.0, TURN, _classes(wins[0]))]
    starts = borders[kept]
    ends = np.append(starts[1:], starts[0] + TURN)
    return [
        (float(start), float(end), _classes(wins[k]))
        for start, end, k in zip(starts, ends, kept, strict=True)
    ]


def _classes(wins: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(np.flatnonzero(wins).tolist())
