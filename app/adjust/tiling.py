"""Many convex polygons that fill the square, cut by lines, all of them in one array of corners."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.polygons import SQUARE, TOLERANCE, evaluate

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Tiling(NamedTuple):
    """Polygons one after the other.

    Attributes
    ----------
    corners : (V, 2) array
        Of each polygon in order.
    owner : (V,) int array
        Which polygon a corner is of, ascending.
    """

    corners: Array
    owner: Index

    @property
    def firsts(self) -> Index:
        """First corner of each polygon, (F,)."""
        return np.flatnonzero(np.diff(self.owner, prepend=-1))

    def after(self) -> Index:
        """Next corner of the same polygon, for every corner, (V,)."""
        firsts, after = self.firsts, np.arange(1, len(self.owner) + 1)
        after[np.append(firsts, len(after))[1:] - 1] = firsts
        return after

    def centroids(self) -> Array:
        """Mean corner of each polygon, (F, 2), which lies inside it."""
        sums = [np.bincount(self.owner, values) for values in self.corners.T]
        return np.asarray(np.stack(sums, axis=1) / np.bincount(self.owner)[:, None])

    def areas(self, count: int) -> Array:
        """Area of each of so many polygons, above 0 if its corners go counter-clockwise.

        (count,); 0 for those without corners.
        """
        sizes = np.diff(np.append(self.firsts, len(self.owner)))
        x, y = (self.corners - self.corners[self.firsts.repeat(sizes)]).T
        after = self.after()
        return np.asarray(np.bincount(self.owner, x * y[after] - y * x[after], count) / 2)


def tiling(leads: Array) -> Tiling:
    """Return the parts of the square, cut by the zero line of every (P, 3) function in turn."""
    tiles = Tiling(SQUARE, np.zeros(len(SQUARE), dtype=np.intp))
    for lead in leads:
        side = evaluate(lead[None], tiles.corners)[0]
        firsts = tiles.firsts
        crossed = (np.minimum.reduceat(side, firsts) < -TOLERANCE) & (
            np.maximum.reduceat(side, firsts) > TOLERANCE
        )
        if crossed.any():
            tiles = _cut(tiles, side, crossed)
    return tiles


def areas(polygons: Sequence[Array]) -> Array:
    """Return the area of each polygon, above 0 if its corners go counter-clockwise."""
    sizes = [len(polygon) for polygon in polygons]
    owner = np.arange(len(sizes)).repeat(sizes)
    return Tiling(np.concatenate(polygons), owner).areas(len(sizes))


def _cut(tiles: Tiling, side: Array, crossed: NDArray[np.bool_]) -> Tiling:
    """Replace crossed polygons by both sides, but for those with a side that is mere rounding.

    One step of Sutherland & Hodgman, "Reentrant polygon clipping" (1974), for all at once.
    """
    here = np.flatnonzero(crossed[tiles.owner])
    after = tiles.after()[here]
    start, end, owner = tiles.corners[here], tiles.corners[after], tiles.owner[here]
    own, ahead = side[here], side[after]
    crosses = ((own > 0) & (ahead < 0)) | ((own < 0) & (ahead > 0))
    share = own / np.where(crosses, own - ahead, 1.0)
    corners = np.stack([start, start + share[:, None] * (end - start)], axis=1).reshape(-1, 2)
    halves = []
    for kept in (own >= 0, own <= 0):
        chosen = np.column_stack([kept, crosses]).ravel()
        halves.append(_tidy(Tiling(corners[chosen], owner.repeat(2)[chosen])))
    cut = np.logical_and(*(half.areas(len(crossed)) > TOLERANCE for half in halves))
    # Both sides stand where the polygon stood.
    parts = [(tiles, ~cut, 0), (halves[0], cut, 0), (halves[1], cut, 1)]
    points = np.concatenate([part.corners[kept[part.owner]] for part, kept, _ in parts])
    places = np.concatenate([2 * part.owner[kept[part.owner]] + k for part, kept, k in parts])
    order = np.argsort(places, kind="stable")
    return Tiling(points[order], np.cumsum(np.diff(places[order], prepend=0) > 0))


def _tidy(tiles: Tiling) -> Tiling:
    """Return polygons without corners made by rounding; some may have none left."""
    step = np.abs(tiles.corners[tiles.after()] - tiles.corners).max(axis=1)
    return Tiling(*(values[step > TOLERANCE] for values in tiles))
