"""At which angle each adjuster cuts between two class vectors of a simplex ETF.

Everything is measured in the plane of the two unit vectors, psi apart, from class i's vector
(0) towards class j's (psi), for a classifier without bias. x = log(n_j / n_i) throughout.
Source: Hasegawa & Sato, ICLR 2025, arXiv 2409.17582; where a formula is this project's own
derivation, the function says so.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import finite_array, positive_array
from app.theory.simplex import etf_angle

Rule = Literal["mla", "ala", "1vs1", "sine"]
Array = NDArray[np.float64]


def boundary_angle(
    rule: Rule,
    n_i: ArrayLike,
    n_j: ArrayLike,
    num_classes: int,
    parameter: ArrayLike,
    feature_norm: ArrayLike | None = None,
    mean_norms: tuple[ArrayLike, ArrayLike] = (1.0, 1.0),
) -> Array:
    """Return the angle from class i's vector to its boundary with class j, in radians.

    Parameters
    ----------
    rule : {"mla", "ala", "1vs1", "sine"}
        Multiplicative adjustment ``z_k n_k^-parameter``; additive ``z_k - parameter log n_k``;
        the 1vs1adjuster with gamma = parameter; or the boundary that is best for the pair when
        isotropic class noise of size ``n_k^-parameter`` is small (see `sine_rule`).
    n_i, n_j : array
        Training samples of the two classes, above 0.
    num_classes : int
        K, at least 2; it sets psi.
    parameter : array
        gamma, tau, gamma or the noise exponent.
    feature_norm : array, optional
        Length of the feature, above 0; "ala" needs it, no other rule depends on it.
    mean_norms : pair of arrays
        Norms (m_i, m_j) of the class-mean features, which "1vs1" alone takes into account.

    Returns
    -------
    array, the shapes of all arguments broadcast
        Half of psi for equal counts (and norms). For "ala" outside [0, psi] where one class
        owns both vectors, and NaN where it owns the whole circle of that feature norm. For
        K = 2 no plane is defined: "mla" and "sine" stay at 90 degrees whatever the counts, and
        the value for "1vs1" is nominal (`pair_factors` then compares plain logits).

    Raises
    ------
    UserError
        If the rule is unknown, a number out of range or "ala" has no feature norm.
    """
    psi = etf_angle(num_classes)
    log_ratio = np.log(positive_array(n_j, "n_j")) - np.log(positive_array(n_i, "n_i"))
    strength = finite_array(parameter, "parameter")
    if rule == "ala":
        if feature_norm is None:
            raise UserError('feature_norm must be given for rule "ala", got None.')
        return additive_angle(
            strength * log_ratio, psi, positive_array(feature_norm, "feature_norm")
        )
    if rule == "mla":
        return multiplicative_angle(strength * log_ratio, psi)
    if rule == "1vs1":
        m_i, m_j = (np.log(positive_array(norm, "mean_norms")) for norm in mean_norms)
        return np.asarray(psi * np.exp(-np.logaddexp(0.0, m_i - m_j - strength * log_ratio)))
    if rule == "sine":
        return sine_rule(strength * log_ratio, psi)
    raise UserError(f"rule must be one of {', '.join(get_args(Rule))}, got {rule!r}.")


def multiplicative_angle(log_weight: Array, psi: float) -> Array:
    """Return the angle a where ``w cos a = cos(psi - a)``, for w = exp(log_weight).

    ``tan a = (w - cos psi) / sin psi``, with w = (n_j / n_i)^gamma. Code published with the
    paper adds cos psi here (in its plots alone), so that equal counts do not meet half-way.
    """
    top = np.maximum(log_weight, 0.0)  # both legs are divided by exp(top): neither overflows
    rise = np.exp(log_weight - top) - np.cos(psi) * np.exp(-top)
    return np.asarray(np.arctan2(rise, np.sin(psi) * np.exp(-top)))


def additive_angle(log_weight: Array, psi: float, feature_norm: Array) -> Array:
    """Return the angle a where ``H cos a + log_weight = H cos(psi - a)``, NaN if there is none.

    ``sin(psi / 2 - a) = -log_weight / (2 H sin(psi / 2))``, with log_weight = tau x and the
    feature norm H: the larger H, the less is moved.
    """
    sine = -log_weight / (2 * feature_norm * np.sin(psi / 2))
    inside = np.abs(sine) <= 1
    return np.where(inside, psi / 2 - np.arcsin(np.where(inside, sine, 0.0)), np.nan)


def sine_rule(log_weight: Array, psi: float) -> Array:
    """Return the angle a with ``sin a / sin(psi - a) = w``, within [psi - pi/2, pi/2].

    With isotropic class noise of size sigma_k and w = sigma_i / sigma_j the boundary passes
    both class means at the same number of standard deviations, which is the best a pair can do
    when the noise is small: ``tan a = w sin psi / (1 + w cos psi)``. Where that lies more than
    90 degrees from one of the vectors, turning back to 90 degrees increases the distance from
    both means, so the optimum is there. (Own derivation; at psi = 90 degrees and
    sigma ~ n^-1/2 it is multiplicative adjustment with gamma = 1/2, exactly.)
    """
    top = np.maximum(log_weight, 0.0)
    weight, one = np.exp(log_weight - top), np.exp(-top)
    equal = np.arctan2(weight * np.sin(psi), one + weight * np.cos(psi))
    return np.asarray(np.clip(equal, psi - np.pi / 2, np.pi / 2))


def mla_floor(num_classes: int) -> float:
    """Return ``psi - pi/2``: multiplicative adjustment cuts no closer to any class vector.

    Its boundary runs to 90 degrees from the favoured class's vector as gamma grows, never past
    it: 30 degrees are left to the other class for K = 3, 6.4 for K = 10 (own derivation).
    """
    return etf_angle(num_classes) - np.pi / 2


def matched_gamma(gamma_1vs1: float, num_classes: int) -> float:
    """Return the multiplicative gamma that moves a boundary like the 1vs1adjuster's gamma.

    ``gamma (psi / 2) tan(psi / 2)`` makes the two agree to first order in log(n_j / n_i), so for
    small imbalance: the factor is pi/4 for many classes, 0.94 for ten, 1.81 for three and
    infinite for two, where multiplicative adjustment moves nothing (own derivation).
    """
    half = etf_angle(num_classes) / 2
    if num_classes == 2 and gamma_1vs1 != 0:
        return float(np.copysign(np.inf, gamma_1vs1))
    return float(gamma_1vs1 * half * np.tan(half))
