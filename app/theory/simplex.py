"""The simplex equiangular tight frame (ETF): K unit vectors, as far apart as K vectors can be."""

import numpy as np

from app.theory.checks import require


def etf_angle(num_classes: int) -> float:
    """Return the angle psi between two vectors of a simplex ETF, in radians.

    ``cos psi = -1 / (K - 1)``: pi for K = 2, falling to pi/2 as K grows.

    Raises
    ------
    UserError
        If `num_classes` is below 2.
    """
    require(num_classes >= 2, "num_classes", "at least 2", num_classes)
    return float(np.arccos(-1.0 / (num_classes - 1)))
