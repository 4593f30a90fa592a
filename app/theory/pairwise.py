"""Where the 1vs1adjuster puts the boundary between two classes.

Source: Hasegawa & Sato, ICLR 2025, arXiv 2409.17582, Proposition 3 and Algorithm 1. Between
the vectors of classes i and j, psi apart, the boundary lies at angle theta_ij from class i and
theta_ji = psi - theta_ij from class j, in proportion to the spread 1 / (n^gamma m) of each.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import as_float, finite_array, positive_vector, require
from app.theory.simplex import etf_angle

Matrix = NDArray[np.float64]

# Below this sine two vectors span no plane, so no angle says where between them a point lies.
NO_PLANE = 1e-9


def pair_angles(
    counts: ArrayLike,
    gamma: float,
    psi: float | ArrayLike | None = None,
    feature_norms: ArrayLike | None = None,
) -> Matrix:
    """Return the angle from every class vector to its boundary with every other class.

    ``theta_ij = psi n_j^g m_j / (n_i^g m_i + n_j^g m_j)``, computed as ``psi sigmoid(x)`` with
    ``x = g log(n_j / n_i) + log(m_j / m_i)``, so that no power of a count can overflow.

    Parameters
    ----------
    counts : (K,) array
        Training samples of each class, n, above 0.
    gamma : float
        Exponent g of the counts; 1/2 in theory, 0 for no adjustment.
    psi : float or (K, K) array, optional
        Angle between the class vectors in radians, within [0, pi]; that of the simplex ETF by
        default, `weight_angles` for any other weights.
    feature_norms : (K,) array, optional
        Norms m of the class-mean features, above 0; all equal by default.

    Returns
    -------
    theta : (K, K) array
        Radians, with ``theta + theta.T == psi``; the diagonal is psi / 2.

    Raises
    ------
    UserError
        If a count or norm is not above 0, gamma not finite, psi out of range or shapes differ.
    """
    log_counts = np.log(positive_vector(counts, "counts"))
    num_classes = log_counts.size
    require(bool(np.isfinite(gamma)), "gamma", "finite", gamma)
    log_pull = gamma * log_counts
    if feature_norms is not None:
        log_pull = log_pull + np.log(positive_vector(feature_norms, "feature_norms", num_classes))
    angle = etf_angle(num_classes) if psi is None else _checked_angles(psi, num_classes)
    share = np.exp(-np.logaddexp(0.0, log_pull[:, None] - log_pull[None, :]))
    return np.asarray(angle * share)


def pair_factors(theta: ArrayLike, psi: float | ArrayLike) -> Matrix:
    """Return the factors that turn logits into pairwise votes.

    Class i beats class j where ``z_i kappa_ij > z_j kappa_ji``, z being the logits for unit
    class vectors, with ``kappa_ij = sin psi_ij cos theta_ji`` (which is
    ``sin theta_ij + cos psi_ij sin theta_ji``).

    The equivalent-looking ``kappa_ij = 1 / cos theta_ij`` of older code divides by both
    cosines: where one boundary angle exceeds 90 degrees their product is negative and the vote
    is exactly inverted. Products of cosines have no such sign change.

    Parameters
    ----------
    theta : (K, K) array
        Boundary angles of `pair_angles`, radians.
    psi : float or (K, K) array
        Angles between the class vectors, radians.

    Returns
    -------
    kappa : (K, K) array
        1 where two vectors are parallel or opposite (``sin psi < 1e-9``, always for the ETF of
        two classes): those span no plane to turn a boundary in, so plain logits are compared.

    Raises
    ------
    UserError
        If the shapes do not fit.
    """
    angles = as_float(theta, "theta")
    require(
        angles.ndim == 2 and angles.shape[0] == angles.shape[1],
        "theta",
        "a square matrix",
        angles.shape,
    )
    sine = np.sin(_checked_angles(psi, len(angles)))
    return np.where(sine < NO_PLANE, 1.0, sine * np.cos(angles.T))


def weight_angles(weights: ArrayLike) -> Matrix:
    """Return the angles between the rows of a weight matrix.

    Computed as ``2 atan2(|u - v|, |u + v|)`` for unit rows u and v, which stays exact near 0
    and pi where the arc cosine of an inner product loses half of its digits.

    Parameters
    ----------
    weights : (K, d) array
        Class vectors, none of them zero.

    Returns
    -------
    psi : (K, K) array
        Radians within [0, pi], symmetric, 0 on the diagonal.

    Raises
    ------
    UserError
        If the weights are not a finite matrix or a row is zero.
    """
    rows = unit_rows(weights)
    return np.stack([_angles_to(rows, row) for row in rows])


def unit_rows(weights: ArrayLike) -> Matrix:
    """Return the rows of `weights` scaled to length 1, or raise `UserError` for a zero row."""
    rows = finite_array(weights, "weights", (None, None))
    peak = np.abs(rows).max(axis=1, initial=0.0)
    zero = np.flatnonzero(peak == 0)
    if zero.size:
        raise UserError(f"weights must have no zero row, got one at class {zero[0]}.")
    rows = rows / peak[:, None]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _angles_to(rows: Matrix, row: Matrix) -> Matrix:
    """Angles from one unit vector to each of many, one row at a time to need no (K, K, d)."""
    apart, together = (np.linalg.norm(rows + sign * row, axis=1) for sign in (-1, 1))
    return np.asarray(2 * np.arctan2(apart, together))


def _checked_angles(psi: float | ArrayLike, num_classes: int) -> Matrix:
    """Return `psi` as floats, a number or (K, K), all within [0, pi]."""
    angles = as_float(psi, "psi")
    require(
        angles.shape in ((), (num_classes, num_classes)),
        "psi",
        f"a number or an array of shape ({num_classes}, {num_classes})",
        angles.shape,
    )
    inside = (angles >= 0) & (angles <= np.pi)
    require(bool(inside.all()), "psi", "within [0, pi] radians", angles[~inside][:1].tolist())
    return angles
