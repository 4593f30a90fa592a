"""How well multiplicative adjustment stands in for the 1vs1adjuster, and where it cannot.

Between two classes of a simplex ETF both rules draw one boundary, at angles theta_MLA and
theta_1v1 from the vector of one of them (`app.theory.boundary`). Hasegawa & Sato (ICLR 2025,
arXiv 2409.17582) show that the first approximates the second as the number of classes grows;
how well for a given number is computed here (own derivation). x = log(n_j / n_i) throughout.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.boundary import boundary_angle, matched_gamma, multiplicative_angle
from app.theory.checks import finite_array, require
from app.theory.simplex import etf_angle

Array = NDArray[np.float64]

MAX_RATIO = 1e12
POINTS = 129  # in x; the largest gap between them is then read off a parabola
HALVINGS = 40


@dataclass(frozen=True, eq=False)
class ApproximationTable:
    """Errors of multiplicative adjustment over numbers of classes (rows) and ratios (columns).

    Attributes
    ----------
    num_classes : (M,) int array
    max_ratios : (R,) array
    gamma_1vs1 : float
    same : (M, R) array
        Error in radians with the gamma of the 1vs1adjuster.
    matched : (M, R) array
        Error with `matched_gamma`, which is best for small imbalance.
    best, best_gamma : (M, R) arrays
        Smallest error of any gamma, and that gamma.
    """

    num_classes: NDArray[np.int64]
    max_ratios: Array
    gamma_1vs1: float
    same: Array
    matched: Array
    best: Array
    best_gamma: Array


def approximation_error(
    gamma_mla: ArrayLike, gamma_1vs1: float, num_classes: int, max_ratio: ArrayLike
) -> Array:
    """Return the largest |theta_MLA - theta_1v1| over count ratios within [1/R, R], in radians.

    The two views of a boundary add up to psi under either rule, so ratios from 1 to R suffice.

    Parameters
    ----------
    gamma_mla : array
        Exponents of multiplicative adjustment.
    gamma_1vs1 : float
        Exponent of the 1vs1adjuster, 0 or more.
    num_classes : int
        K, at least 2. For two classes, whose vectors are opposite, neither rule moves any
        boundary (`app.theory.pair_factors`), and the error is 0.
    max_ratio : array
        R, within [1, 1e12].

    Returns
    -------
    array, the shapes of `gamma_mla` and `max_ratio` broadcast

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    ratio = _checked(gamma_1vs1, num_classes, max_ratio)
    if num_classes == 2:
        return np.zeros(np.broadcast_shapes(np.shape(gamma_mla), ratio.shape))
    gamma = finite_array(gamma_mla, "gamma_mla")
    return np.maximum(*_gaps(gamma, *_pairwise(gamma_1vs1, num_classes, ratio), num_classes))


def best_gamma(gamma_1vs1: float, num_classes: int, max_ratio: ArrayLike) -> tuple[Array, Array]:
    """Return the gamma of multiplicative adjustment nearest to the 1vs1adjuster, and its error.

    As gamma grows every boundary between unequal counts turns the same way. So the largest lead
    over the 1vs1adjuster never falls and the largest lag never rises, and the largest of both is
    least where they are equal: found by bisection.

    Parameters
    ----------
    gamma_1vs1, num_classes, max_ratio
        As for `approximation_error`.

    Returns
    -------
    gamma, error : arrays of the shape of `max_ratio`
        The error in radians. Where every gamma is as good (two classes) `gamma_1vs1`; for a
        ratio of 1 the limit of small ones, `matched_gamma`.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    ratio = _checked(gamma_1vs1, num_classes, max_ratio)
    if num_classes == 2 or gamma_1vs1 == 0:
        return np.full(ratio.shape, float(gamma_1vs1)), np.zeros(ratio.shape)
    x, pairwise = _pairwise(gamma_1vs1, num_classes, ratio)
    unit = matched_gamma(gamma_1vs1, num_classes)
    low, high = np.zeros(ratio.shape), np.ones(ratio.shape)
    for _ in range(HALVINGS):  # of t = gamma / (gamma + unit), to reach any gamma
        middle = (low + high) / 2
        lead, lag = _gaps(unit * middle / (1 - middle), x, pairwise, num_classes)
        low, high = np.where(lead < lag, middle, low), np.where(lead < lag, high, middle)
    gamma = np.where(ratio > 1, unit * low / (1 - low), unit)
    return gamma, np.maximum(*_gaps(gamma, x, pairwise, num_classes))


def approximation_table(
    gamma_1vs1: float, num_classes: ArrayLike | None = None, max_ratios: ArrayLike | None = None
) -> ApproximationTable:
    """Return the errors for every number of classes with every largest count ratio.

    Parameters
    ----------
    gamma_1vs1 : float
        Exponent of the 1vs1adjuster, 0 or more.
    num_classes : (M,) integers, optional
        About evenly spaced in the logarithm from 2 to 1000 by default.
    max_ratios : (R,) array, optional
        The same, from 1 to 1000.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    sizes = np.unique(
        np.rint(np.geomspace(2, 1000, 32)) if num_classes is None else np.asarray(num_classes)
    ).astype(np.int64)
    ratios = np.geomspace(1, 1000, 31) if max_ratios is None else np.asarray(max_ratios, float)
    rows = [_table_row(gamma_1vs1, int(size), ratios) for size in sizes]
    same, matched, best, gamma = (np.stack(column) for column in zip(*rows, strict=True))
    return ApproximationTable(sizes, ratios, float(gamma_1vs1), same, matched, best, gamma)


def _table_row(gamma: float, num_classes: int, ratios: Array) -> tuple[Array, Array, Array, Array]:
    """The errors at equal, matched and best gamma, and the best gamma, for one K."""
    matched = gamma if num_classes == 2 else matched_gamma(gamma, num_classes)
    best, error = best_gamma(gamma, num_classes, ratios)
    same, near = (approximation_error(g, gamma, num_classes, ratios) for g in (gamma, matched))
    return same, near, error, best


def _pairwise(gamma: float, num_classes: int, ratio: Array) -> tuple[Array, Array]:
    """Log ratios x (..., POINTS) from 0 to log R, densest at 0, and theta_1v1 there."""
    x = np.log(ratio)[..., None] * np.linspace(0, 1, POINTS) ** 2
    return x, boundary_angle("1vs1", 1.0, np.exp(x), num_classes, gamma)


def _gaps(gamma: Array, x: Array, pairwise: Array, num_classes: int) -> tuple[Array, Array]:
    """Largest lead and largest lag of MLA's boundary on the 1vs1adjuster's, each 0 or more."""
    gap = multiplicative_angle(gamma[..., None] * x, etf_angle(num_classes)) - pairwise
    return _peak(gap), _peak(-gap)


def _peak(values: Array) -> Array:
    """Maximum along the last axis: the top of the parabola through the largest and its sides."""
    last = values.shape[-1] - 1
    at = values.argmax(axis=-1)[..., None]
    top, left, right = (
        np.take_along_axis(values, np.clip(at + step, 0, last), -1)[..., 0] for step in (0, -1, 1)
    )
    bend = 2 * top - left - right
    inside = (at[..., 0] > 0) & (at[..., 0] < last) & (bend > 0)
    rise = (right - left) ** 2 / np.where(inside, 8 * bend, 1.0)
    return np.asarray(np.maximum(top + np.where(inside, rise, 0.0), 0.0))


def _checked(gamma_1vs1: float, num_classes: int, max_ratio: ArrayLike) -> Array:
    require(
        bool(np.isfinite(gamma_1vs1)) and gamma_1vs1 >= 0, "gamma_1vs1", "0 or more", gamma_1vs1
    )
    etf_angle(num_classes)  # refuses fewer than two
    ratio = finite_array(max_ratio, "max_ratio")
    inside = (ratio >= 1) & (ratio <= MAX_RATIO)
    require(bool(inside.all()), "max_ratio", "within [1, 1e12]", ratio[~inside][:1].tolist())
    return ratio
