"""The smallest of several running sums, compiled; `app.adjust.path` holds the reference."""

import numpy as np
from numba import njit

from app.adjust._kernels.options import KERNEL


@njit(**KERNEL)
def running_minimum(units, steps, start):
    """Smallest entry of ``start`` after each event adds ``steps[e]`` to entry ``units[e]``."""
    values = start.copy()
    smallest = np.empty(units.size, start.dtype)
    lowest = values.min()
    for e in range(units.size):
        u = units[e]
        before = values[u]
        values[u] += steps[e]
        if values[u] <= lowest:
            lowest = values[u]
        elif before <= lowest:
            lowest = values.min()
        smallest[e] = lowest
    return smallest
