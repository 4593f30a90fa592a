"""How many centers each class gets, and the angles of a frame with several centers a class.

Neural collapse to multiple centers (NCMC): Yan, Qian, Peng, Luo, Zhu & Li, "Neural Collapse To
Multiple Centers For Imbalanced Data", NeurIPS 2024 (OpenReview RJEC9fZ9Ma). A class k has a
vector w_k and f_k centers ``w_kj = cos(theta) v_kj + sin(theta) w_k``, all v and w orthonormal.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import require
from app.theory.inputs import class_sizes

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_CENTERS = 20_000


def centers_per_class(counts: ArrayLike, mean_centers: int) -> IntArray:
    """Return the centers f_k of the class-aware strategy: the fewer samples, the more centers.

    With a_k = floor((f - 1) K n_k / N) + 1, the class of rank r by size gets the a of the class
    of rank r from the other end; the fewer than K centers missing to f K go one by one to the
    smallest classes. So f_k never falls as classes get smaller.

    Parameters
    ----------
    counts : (K,) array
        Training samples n_k of each class, whole numbers in any order. Of classes of equal size
        the one further towards the smaller end of the list counts as smaller and may get more
        centers; all classes equal get f each.
    mean_centers : int
        f, centers a class on average; at least 2, since with 1 there is nothing to share out.

    Returns
    -------
    (K,) int64 array
        Each at least 1, together f K.

    Raises
    ------
    UserError
        If an argument is out of range.

    Notes
    -----
    Section 3.5 of the paper, whose text calls the list of sizes descending; its worked example
    (1, 3, 3), f = 3, to (4, 4, 1) is ascending, and only so does f_k never fall.
    """
    sizes = class_sizes(counts)
    require(bool((sizes == np.rint(sizes)).all()), "counts", "whole numbers", sizes.tolist())
    f, K = require_mean_centers(mean_centers, 2, len(sizes)), len(sizes)
    order = _smallest_first(sizes)
    whole, total = [int(n) for n in sizes], int(sizes.sum())
    shares = [(f - 1) * K * whole[k] // total + 1 for k in order][::-1]
    left = f * K - sum(shares)
    centers = np.empty(K, np.int64)
    centers[order] = [share + (rank < left) for rank, share in enumerate(shares)]
    return centers


def require_mean_centers(mean_centers: int, least: int, num_classes: int) -> int:
    """Return f as an int, refusing one below `least` or with more than 20,000 centers in all."""
    require(float(mean_centers).is_integer(), "mean_centers", "a whole number", mean_centers)
    words = f"at least {least}" + (" for the class-aware strategy" if least == 2 else "")
    require(mean_centers >= least, "mean_centers", words, mean_centers)
    if mean_centers * num_classes > MAX_CENTERS:
        raise UserError(
            f"mean_centers times the number of classes must be at most {MAX_CENTERS:,}, got "
            f"{mean_centers} x {num_classes}."
        )
    return int(mean_centers)


def _smallest_first(sizes: Array) -> IntArray:
    """Order of classes from small to large, equal ones by their place towards the smaller end."""
    places = np.arange(len(sizes))
    return np.lexsort((places if sizes[0] <= sizes[-1] else -places, sizes))


def center_angles(per_class: ArrayLike, theta: float) -> tuple[Array, Array]:
    """Return alpha and rho (K,), in radians: from the mean center of a class to its others.

    alpha_k is the angle to each of its centers, ``cos alpha = sqrt((cos^2 + f sin^2) / f)``, rho_k
    that to its vector w_k, ``cos rho = sqrt(f) sin / sqrt(cos^2 + f sin^2)``, both of theta. The
    mean of the centers has length cos alpha_k. (The paper's appendix D has f for sqrt(f) in
    cos rho, which would exceed 1.)

    Parameters
    ----------
    per_class : (K,) array
        f_k, at least 1 each.
    theta : float
        Radians, in [0, pi/2].

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    f, angle = center_counts(per_class).astype(float), frame_angle(theta)
    c, s = math.cos(angle), math.sin(angle)
    s, c = (1.0, 0.0) if angle == math.pi / 2 else (s, c)
    alpha = np.arctan2(c * np.sqrt(f - 1), np.sqrt(c * c + f * s * s))
    return alpha, np.arctan2(c, np.sqrt(f) * s)


def center_counts(per_class: ArrayLike) -> IntArray:
    """Return f_k (K,) as integers, each at least 1, for at least 2 classes."""
    f = class_sizes(per_class)
    require(bool((f == np.rint(f)).all()), "per_class", "whole numbers", f.tolist())
    require(f.sum() <= MAX_CENTERS, "per_class", f"at most {MAX_CENTERS:,} together", int(f.sum()))
    return f.astype(np.int64)


def frame_angle(theta: float) -> float:
    """Return theta, in [0, pi/2]."""
    require(bool(0 <= theta <= math.pi / 2), "theta", "in [0, pi/2] = [0, 1.5708]", theta)
    return float(theta)


def variability_plateau(counts: ArrayLike, per_class: ArrayLike, theta: float) -> float:
    """Return where the variability metric ends: ``1 - sum_k n_k / N cos rho_k``.

    The paper's variability is the mean over samples of 1 less the cosine of a feature and its
    class vector (section 4.3). Features at the mean direction of their centers have cos rho_k.
    """
    sizes = class_sizes(counts)
    rho = center_angles(per_class, theta)[1]
    require(len(rho) == len(sizes), "per_class", f"of length {len(sizes)}", len(rho))
    return float(1 - sizes @ np.cos(rho) / sizes.sum())
