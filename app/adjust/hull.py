"""The path of one sample's prediction as the parameter grows: an upper convex hull."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.rules import positive_counts
from app.errors import UserError


class PredictionPath(NamedTuple):
    """Predicted classes in order of the parameter, and where one gives way to the next.

    ``classes[i]`` is predicted from ``breakpoints[i - 1]`` to ``breakpoints[i]``; the first and
    last stretch are unbounded.
    """

    classes: NDArray[np.int64]
    breakpoints: NDArray[np.float64]


def prediction_path(
    logits: ArrayLike, class_counts: ArrayLike, rule: Literal["mla", "ala"] = "mla"
) -> PredictionPath:
    """Return every class one sample is given as gamma (MLA) or tau (ALA) runs over the reals.

    With scores ``u_k - t L_k`` class k is predicted for some t exactly if the point (L_k, u_k) is
    a vertex of the points' upper convex hull; the breakpoints are the slopes of its edges. As t
    grows the prediction moves to ever rarer classes; if all logits are negative, MLA moves it to
    ever more frequent ones. Runs in O(K log K).

    Parameters
    ----------
    logits : (K,) array
        Logits of one sample.
    class_counts : (K,) array
    rule : {"mla", "ala"}

    Raises
    ------
    UserError
        If the shapes differ or the rule is unknown.
    """
    z, counts = np.asarray(logits, dtype=np.float64), positive_counts(class_counts)
    if z.shape != counts.shape:
        raise UserError(f"logits must hold {counts.size} numbers, got shape {z.shape}.")
    if rule == "ala":
        return _hull(np.arange(z.size), z, np.log(counts))
    if rule != "mla":
        raise UserError(f"rule must be 'mla' or 'ala', got {rule!r}.")
    slopes = np.log2(counts)
    if z.max() == 0:
        return PredictionPath(np.array([z.argmax()]), np.empty(0))
    if z.max() < 0:
        return _hull(np.arange(z.size), -np.log2(-z), -slopes)
    positive = np.flatnonzero(z > 0)
    return _hull(positive, np.log2(z[positive]), slopes[positive])


def _hull(
    classes: NDArray[np.int64], u: NDArray[np.float64], slopes: NDArray[np.float64]
) -> PredictionPath:
    """Walk the upper hull of (slope, u) from the largest slope to the smallest."""
    order = np.lexsort((classes, -u, slopes))
    keep = order[np.append(True, np.diff(slopes[order]) > 0)]
    hull: list[int] = []
    for k in keep:
        while len(hull) >= 2 and _below(hull[-2], hull[-1], k, u, slopes):
            hull.pop()
        hull.append(int(k))
    walk = np.array(hull[::-1])
    return PredictionPath(classes[walk], np.diff(u[walk]) / np.diff(slopes[walk]))


def _below(a: int, b: int, c: int, u: NDArray[np.float64], slopes: NDArray[np.float64]) -> bool:
    """Whether b is not above the segment from a to c, slopes increasing."""
    rise_b, rise_c = u[b] - u[a], u[c] - u[a]
    return bool(rise_b * (slopes[c] - slopes[a]) <= rise_c * (slopes[b] - slopes[a]))
