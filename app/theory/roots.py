"""Bisection of many functions at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

HALVINGS = 100  # more than the digits of a float: the interval ends as two neighbours


def sign_change(function: Callable[[Array], Array], low: ArrayLike, high: ArrayLike) -> Array:
    """Return where functions that are positive first and then negative change their sign.

    Parameters
    ----------
    function : callable
        Array of arguments in, array of values of the same shape out.
    low, high : arrays
        Ends of the intervals. Where a function has one sign throughout, the end nearest to the
        change is returned.
    """
    low, high = (np.array(end, float) for end in np.broadcast_arrays(low, high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        positive = function(middle) > 0
        if np.all(np.where(positive, low, high) == middle):
            break
        low, high = np.where(positive, middle, low), np.where(positive, high, middle)
    return np.asarray((low + high) / 2)
