"""The boundary that is best for one pair of classes when its noise is Gaussian."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import positive_array
from app.theory.simplex import etf_angle

Array = NDArray[np.float64]

HALVINGS = 60  # of an interval of at most pi/2: down to the spacing of floats


def pair_optimum(n_i: ArrayLike, n_j: ArrayLike, num_classes: int, noise: ArrayLike = 1.0) -> Array:
    """Return the angle from class i's vector at which a pair makes the fewest errors.

    Features are unit class vectors, psi apart, plus isotropic Gaussian noise of standard
    deviation ``noise / sqrt(n_k)``: the collapse rate of Hasegawa & Sato (arXiv 2409.17582),
    whose Proposition 2 maximises the same sum for a bound in place of the Gaussian. A straight
    boundary at angle a through the origin misses a share ``Q(sin a / sigma_i)`` of class i and
    ``Q(sin(psi - a) / sigma_j)`` of class j; their sum has one stationary point in
    (psi - pi/2, pi/2) and rises outside (own derivation), found by bisection.

    Parameters
    ----------
    n_i, n_j : array
        Training samples of the two classes, above 0.
    num_classes : int
        K of the simplex ETF, at least 2; for 2 the answer is always 90 degrees.
    noise : array
        Standard deviation with one training sample, relative to the class-mean norm, above 0.

    Returns
    -------
    array, the shapes of the arguments broadcast
        Radians. As the noise goes to 0 it tends to `boundary_angle` of rule "sine".

    Raises
    ------
    UserError
        If a number is not above 0 or there are fewer than two classes.
    """
    psi = etf_angle(num_classes)
    counts_i, counts_j, size = np.broadcast_arrays(
        positive_array(n_i, "n_i"), positive_array(n_j, "n_j"), positive_array(noise, "noise")
    )
    low = np.full(size.shape, psi - np.pi / 2)
    high = np.full(size.shape, np.pi / 2)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        falling = _gain(middle, psi, counts_i, counts_j, size) > 0
        low, high = np.where(falling, middle, low), np.where(falling, high, middle)
    return np.asarray((low + high) / 2)


def _gain(angle: Array, psi: float, n_i: Array, n_j: Array, noise: Array) -> Array:
    """Twice the log of what class i still gains over what class j loses, turning towards j.

    The densities at the boundary are compared by their logarithms, scaled so that neither tiny
    nor huge noise overflows.
    """
    distance = np.minimum(1.0, 1 / noise) ** 2
    slope = np.minimum(1.0, noise) ** 2
    tiny = np.finfo(float).tiny
    cosines = (np.maximum(np.cos(turn), tiny) for turn in (angle, psi - angle))
    log_i, log_j = (np.log(cosine) for cosine in cosines)
    exponents = n_j * np.sin(psi - angle) ** 2 - n_i * np.sin(angle) ** 2
    prefactors = 2 * (log_i - log_j) + np.log(n_i) - np.log(n_j)
    return np.asarray(distance * exponents + slope * prefactors)
