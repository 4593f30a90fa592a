"""The part of a window that an angle at the origin covers."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.polygons import (
    SQUARE,
    clip,
    evaluate,
    planes_on_square,
    tidy,
    to_window,
)

Array = NDArray[np.float64]

TURN = 2 * np.pi


def wedge_polygons(start: float, end: float, window: ArrayLike) -> tuple[Array, ...]:
    """Return the points of the window in directions from `start` to `end`.

    Parameters
    ----------
    start, end : float
        Radians, ``start < end <= start + 2 pi``, counter-clockwise.
    window : (xmin, xmax, ymin, ymax)

    Returns
    -------
    tuple of (V, 2) arrays
        Corners counter-clockwise. One polygon if the origin lies inside the window (not convex
        if the angle exceeds pi); otherwise up to two convex ones.

    Raises
    ------
    UserError
        If the window is unusable.
    """
    corners = to_window(SQUARE, window)
    if end - start >= TURN:
        return (corners,)
    if (corners[0] < 0).all() and (corners[2] > 0).all():
        return (_around_origin(start, end, corners),)
    bounds = np.linspace(start, end, 2 if end - start <= np.pi else 3)
    parts = [_convex(low, high, window) for low, high in pairwise(bounds)]
    return tuple(part for part in parts if len(part))


def _around_origin(start: float, end: float, corners: Array) -> Array:
    """From the origin out along one ray, round the window's corners, and back along the other."""
    ahead = (np.arctan2(corners[:, 1], corners[:, 0]) - start) % TURN
    order = np.argsort(ahead)
    between = order[(ahead[order] > 0) & (ahead[order] < end - start)]
    rays = [_exit(angle, corners) for angle in (start, end)]
    return np.vstack([np.zeros(2), rays[0], corners[between], rays[1]])


def _exit(angle: float, corners: Array) -> Array:
    """Where the ray from the origin leaves the window."""
    low, high = corners[0], corners[2]
    direction = np.array([np.cos(angle), np.sin(angle)])
    ahead = np.where(direction > 0, high, low)
    with np.errstate(divide="ignore", over="ignore"):
        reach = np.abs(ahead / direction)
    axis = int(reach.argmin())
    point = np.clip(reach[axis] * direction, low, high)
    point[axis] = ahead[axis]
    return np.asarray(point)


def _convex(start: float, end: float, window: ArrayLike) -> Array:
    """Clip the window to an angle of at most pi, between the half-planes of its two rays."""
    normals = np.array([[-np.sin(start), np.cos(start)], [np.sin(end), -np.cos(end)]])
    planes = planes_on_square(normals, np.zeros(2), window)
    polygon = SQUARE
    for plane in planes:
        polygon = clip(polygon, evaluate(plane[None], polygon)[0]) if len(polygon) else polygon
    return to_window(tidy(polygon), window)
