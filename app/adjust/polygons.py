"""Convex polygons in a window: affine functions on it, half-plane clipping, areas.

All clipping happens on the square [-1, 1]^2, to which every window is mapped, so that one
tolerance fits all windows, however small, long or far from the origin.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import finite_array, require

Array = NDArray[np.float64]
Window = tuple[float, float, float, float]

SQUARE: Array = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
EMPTY: Array = np.zeros((0, 2))

# In units of the square, where rounding is about 1e-16: what is smaller is taken for rounding.
TOLERANCE = 1e-14


def window_frame(window: ArrayLike) -> tuple[Array, Array]:
    """Return centre and half size, each (2,), of a window ``(xmin, xmax, ymin, ymax)``.

    Raises
    ------
    UserError
        If it is not four finite numbers or has no area.
    """
    bounds = finite_array(window, "window", (4,)).reshape(2, 2)
    half = bounds[:, 1] / 2 - bounds[:, 0] / 2
    require(
        bool((half > 0).all()), "window", "xmin < xmax and ymin < ymax", bounds.ravel().tolist()
    )
    return bounds[:, 0] + half, half


def planes_on_square(weights: Array, bias: Array, window: ArrayLike) -> Array:
    """Return affine functions ``weights . p + bias`` of the window in coordinates of the square.

    Parameters
    ----------
    weights : (K, 2) array
    bias : (K,) array
    window : (4,) array

    Returns
    -------
    (K, 3) array
        Rows (a, b, c) of ``a x + b y + c``, all divided by the same number, at most 1 in size.

    Raises
    ------
    UserError
        If the window is unusable or the functions exceed floating point on it.
    """
    centre, half = window_frame(window)
    with np.errstate(over="ignore", invalid="ignore"):
        planes = np.column_stack([weights * half, weights @ centre + bias])
    require(bool(np.isfinite(planes).all()), "scores", "finite within the window", "an overflow")
    largest = np.abs(planes).max(initial=0.0)
    return np.asarray(planes / largest if largest > 0 else planes)


def evaluate(planes: Array, points: Array) -> Array:
    """Return ``a x + b y + c`` of every plane at every point: (K, 3), (V, 2) -> (K, V)."""
    return np.asarray(planes[:, :2] @ points.T + planes[:, 2:])


def clip(polygon: Array, side: Array) -> Array:
    """Keep the part of a convex polygon where an affine function is not negative.

    One step of Sutherland & Hodgman, "Reentrant polygon clipping" (1974).

    Parameters
    ----------
    polygon : (V, 2) array
        Corners, in order.
    side : (V,) array
        The function at the corners.

    Returns
    -------
    (U, 2) array
        In the same order; fewer than three corners where nothing is left.
    """
    ahead, next_corner = np.roll(side, -1), np.roll(polygon, -1, axis=0)
    crosses = ((side > 0) & (ahead < 0)) | ((side < 0) & (ahead > 0))
    share = side / np.where(crosses, side - ahead, 1.0)
    crossing = polygon + share[:, None] * (next_corner - polygon)
    chosen = np.column_stack([side >= 0, crosses]).ravel()
    return np.asarray(np.stack([polygon, crossing], axis=1).reshape(-1, 2)[chosen])


def area(polygon: Array) -> float:
    """Return the signed area of a polygon, above 0 if its corners go counter-clockwise."""
    if len(polygon) < 3:
        return 0.0
    x, y = (polygon - polygon[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def tidy(polygon: Array) -> Array:
    """Return a polygon on the square without corners, or without an area, made by rounding."""
    if len(polygon) < 3:
        return EMPTY
    step = np.abs(np.roll(polygon, -1, axis=0) - polygon).max(axis=1)
    clean = polygon[step > TOLERANCE]
    return clean if area(clean) > TOLERANCE else EMPTY


def to_window(polygon: Array, window: ArrayLike) -> Array:
    """Return a polygon on the square in coordinates of the window, its edges met exactly."""
    centre, half = window_frame(window)
    low, high = np.asarray(window, dtype=np.float64).reshape(2, 2).T
    inside = np.clip(centre + half * polygon, low, high)
    exact = np.where(polygon == -1, low, np.where(polygon == 1, high, inside))
    return np.asarray(exact)
