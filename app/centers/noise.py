"""How often each rule is right on noisy features, exactly: integrals instead of samples.

With z = m + sigma g, g standard normal in all dimensions, the best center of a class scores
``a + sigma (sin(theta) g + cos(theta) max_j xi_j)``, with g and the f numbers xi independent
standard normal, where all centers of the class have the same inner product a with m; a class
vector, or a mean direction, scores ``a + sigma g``. Scores of different classes are independent,
because the frame is orthogonal. So the chance that a class has the largest score is an integral
over one number.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from app.centers.rules import RuleName
from app.theory import center_angles
from app.theory.checks import finite_array, require

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A normal number is beyond this once in 1e18; the trapezoidal rule at this spacing is exact to
# 1e-9 for what is as smooth as a normal distribution of a third of the width.
_REACH, _SPACING = 8.8, 0.1


def rule_accuracy(
    rule: RuleName, counts: ArrayLike, per_class: ArrayLike, theta: float, noise: float
) -> Array:
    """Return the accuracy (K,) of a rule on each class, for unit features at the mean directions.

    Parameters
    ----------
    rule : {"rcr", "rcr-bn", "gcr", "ncc"}
    counts : (K,) array
        Training samples of each class; only "rcr-bn" asks for them, whose centring subtracts
        ``n_k / N cos rho_k`` from the score of class k.
    per_class : (K,) array
        Centers f_k.
    theta : float
    noise : float
        Standard deviation of every coordinate, at least 0.001.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    f = np.asarray(per_class)
    alpha, rho = center_angles(f, theta)
    sigma, nothing = _deviation(noise), np.zeros(len(f))
    if rule == "gcr":
        return _chances(np.cos(alpha), nothing, sigma, f, theta)
    if rule == "ncc":
        return _chances(np.ones(len(f)), nothing, sigma)
    require(rule in ("rcr", "rcr-bn"), "rule", "rcr, rcr-bn, gcr or ncc", rule)
    if rule == "rcr-bn":
        sizes = finite_array(counts, "counts", (len(f),))
        nothing = -sizes / sizes.sum() * np.cos(rho)
    return _chances(np.cos(rho) + nothing, nothing, sigma)


def guess_shares(
    offsets: ArrayLike, noise: float, per_class: ArrayLike | None = None, theta: float = 0.0
) -> Array:
    """Return how often each class has the largest score (K,), for features around one point.

    Parameters
    ----------
    offsets : (K,) array
        Inner product of the point with the centers, or the vector, of each class.
    noise : float
        Standard deviation of every coordinate, at least 0.001.
    per_class : (K,) array, optional
        Centers of each class; without it every class has one vector.
    theta : float
    """
    a = finite_array(offsets, "offsets", (None,))
    f = None if per_class is None else np.asarray(per_class)
    return _chances(a, a, _deviation(noise), f, theta)


def _deviation(noise: float) -> float:
    require(1e-3 <= noise <= 100, "noise", "in [0.001, 100]", noise)
    return float(noise)


def _chances(
    own: Array, others: Array, noise: float, per_class: Array | None = None, theta: float = 0.0
) -> Array:
    """Chance (K,) that class k has the largest score where its offset is own[k], all else others.

    ``integral of p_k(t - own_k) prod_(j != k) F_j(t - others_j) dt``, p and F of `score_law`.
    """
    f = np.ones(len(own), int) if per_class is None else per_class
    low, high = own.min() / noise - _REACH, own.max() / noise + _REACH
    t = np.arange(low, high + _SPACING, _SPACING)
    laws = {
        (int(c), a): score_law(t - a / noise, int(c), theta)
        for c, a in {*zip(f, own, strict=True), *zip(f, others, strict=True)}
    }
    densities = np.stack([laws[int(c), a][1] for c, a in zip(f, own, strict=True)])
    below = np.stack([laws[int(c), a][0] for c, a in zip(f, others, strict=True)])
    ones = np.ones((1, len(t)))
    before = np.cumprod(np.concatenate([ones, below[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([ones, below[:0:-1]]), axis=0)[::-1]
    return np.asarray((densities * before * after).sum(axis=1) * _SPACING)


def score_law(u: Array, num_centers: int, theta: float) -> tuple[Array, Array]:
    """Return distribution function and density of ``sin(theta) g + cos(theta) max_j xi_j``.

    Parameters
    ----------
    u : (G,) array
        Where.
    num_centers : int
        f, of independent standard normal xi.
    theta : float

    Returns
    -------
    distribution, density : (G,) arrays
    """
    c, s = math.cos(theta), math.sin(theta)
    if num_centers == 1 or c < 1e-9:
        return ndtr(u), _normal(u)
    inner = np.arange(-_REACH, _REACH + 0.05, _SPACING)
    if s < c:  # Over g, given which the largest xi decides.
        t = (u[:, None] - s * inner) / c
        below = ndtr(t)
        power = below ** (num_centers - 1)
        weights = _normal(inner) * _SPACING
        return (power * below) @ weights, (power * _normal(t)) @ weights * (num_centers / c)
    t = (u[:, None] - c * inner) / s  # Over the largest xi, given which g decides.
    weights = num_centers * ndtr(inner) ** (num_centers - 1) * _normal(inner) * _SPACING
    return ndtr(t) @ weights, _normal(t) @ weights / s


def _normal(u: Array) -> Array:
    """Density of a standard normal number."""
    return np.asarray(np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi))
