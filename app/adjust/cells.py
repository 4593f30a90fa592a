"""Decision cells of affine rules: the exact polygon in which each class has the top score."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.polygons import (
    EMPTY,
    SQUARE,
    TOLERANCE,
    clip,
    evaluate,
    planes_on_square,
    tidy,
    to_window,
)
from app.theory.checks import as_float, finite_array, positive_vector, require

Array = NDArray[np.float64]

MAX_CLASSES = 1000


def decision_cells(
    weights: ArrayLike, bias: ArrayLike, scale: ArrayLike, offset: ArrayLike, window: ArrayLike
) -> list[Array]:
    """Return the part of the window in which each class has the largest score.

    ``score_k(p) = scale_k (w_k . p + b_k) + offset_k`` covers these rules, with counts n:

    ==================================  =======================  ============================
    rule                                scale                    offset
    ==================================  =======================  ============================
    multiplicative (MLA)                (n_k / n_max)^-gamma     0
    multiplicative on the weights only  (n_k / n_max)^-gamma     b_k, with `bias` 0
    additive (ALA)                      1                        -tau log(n_k / N)
    tau-normalisation                   norm(w_k)^-tau           0, with `bias` 0
    vector scaling                      (n_k / n_max)^-gamma     -tau log(n_k / N)
    ==================================  =======================  ============================

    Each cell is convex: the window is clipped by the half-planes in which the class beats each
    other one. (Own construction; the multiplicative rule is that of Hasegawa & Sato, ICLR 2025,
    arXiv 2409.17582, weights-only scaling that of Kim & Kim, 2020.)

    Parameters
    ----------
    weights : (K, 2) array
        Class vectors, one row a class, at most 1000 of them.
    bias, scale, offset : (K,) arrays or numbers
        A number stands for all classes; `scale` must be above 0.
    window : (xmin, xmax, ymin, ymax)

    Returns
    -------
    list of K (V, 2) arrays
        Corners counter-clockwise; (0, 2) for a class that never has the largest score. Among
        classes whose scores are the same all over the window the first takes the cell.

    Raises
    ------
    UserError
        If a shape does not fit, a number is not finite, a scale not above 0 or the window empty.
    """
    rows = finite_array(weights, "weights", (None, 2))
    num_classes = len(rows)
    require(1 <= num_classes <= MAX_CLASSES, "weights", f"1 to {MAX_CLASSES} rows", num_classes)
    factor = positive_vector(_spread(scale, num_classes), "scale", num_classes)
    inner = finite_array(_spread(bias, num_classes), "bias", (num_classes,))
    outer = finite_array(_spread(offset, num_classes), "offset", (num_classes,))
    with np.errstate(over="ignore"):
        planes = planes_on_square(factor[:, None] * rows, factor * inner + outer, window)
    owners = distinct(planes)
    cells = [EMPTY] * num_classes
    for k in owners:
        rivals = owners[owners != k]
        cells[k] = to_window(tidy(_cell(planes[k] - planes[rivals])), window)
    return cells


def distinct(planes: Array) -> NDArray[np.intp]:
    """Return the classes whose score differs from that of every earlier class returned.

    Scores are compared at the four corners of the square, which determine them, to within
    rounding; so a repeated class has one owner rather than a border made of rounding errors.
    """
    corners = evaluate(planes, SQUARE)
    size = np.abs(planes).sum(axis=1)
    kept: list[int] = []
    for k in range(len(planes)):
        gap = np.abs(corners[kept] - corners[k]).max(axis=1)
        if (gap > TOLERANCE * (size[kept] + size[k])).all():
            kept.append(k)
    return np.array(kept, dtype=np.intp)


def _cell(leads: Array) -> Array:
    """Return the part of the square where none of the (M, 3) functions is negative.

    The function most violated is clipped next; those the remaining polygon satisfies are
    dropped for good, so few of them are ever clipped.
    """
    leads = leads / np.abs(leads).sum(axis=1, keepdims=True)
    polygon = SQUARE
    while len(polygon) >= 3:
        side = evaluate(leads, polygon)
        lowest = side.min(axis=1, initial=0.0)
        violated = lowest < -TOLERANCE / 10
        if not violated.any():
            break
        worst = int(lowest.argmin())
        violated[worst] = False
        polygon, leads = clip(polygon, side[worst]), leads[violated]
    return polygon


def _spread(values: ArrayLike, num_classes: int) -> Array:
    """Return `values`, or a single number once for every class."""
    array = as_float(values, "bias, scale and offset")
    return np.full(num_classes, array) if array.ndim == 0 else array
