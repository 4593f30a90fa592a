"""The simplex equiangular tight frame (ETF): K unit vectors, as far apart as K vectors can be."""

import numpy as np
from numpy.typing import NDArray

from app.theory.checks import require

Matrix = NDArray[np.float64]


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


def simplex_etf(num_classes: int, dim: int | None = None, seed: int = 0) -> Matrix:
    """Return the vertices of a simplex ETF: unit rows, pairwise inner product -1 / (K - 1).

    It is the geometry of neural collapse on balanced data (Papyan, Han & Donoho, 2020,
    arXiv 2008.08186), and the fixed classifier of Hasegawa & Sato (arXiv 2409.17582).

    Parameters
    ----------
    num_classes : int
        K, at least 2.
    dim : int, optional
        Dimension d of the vectors, at least K - 1, which is the default.
    seed : int
        Chooses the orientation. In one and two dimensions it is ignored: pictures start with
        the first vertex up (to the right on a line) and go round counter-clockwise.

    Returns
    -------
    (K, d) array

    Raises
    ------
    UserError
        If fewer than two classes, too few dimensions or a negative seed are asked for.
    """
    require(num_classes >= 2, "num_classes", "at least 2", num_classes)
    least = num_classes - 1
    size = least if dim is None else dim
    require(size >= least, "dim", f"at least num_classes - 1 = {least}", size)
    require(seed >= 0, "seed", "at least 0", seed)
    if size <= 2:
        return _drawn(num_classes)[:, 2 - size :]
    gaussian = np.random.default_rng(seed).normal(size=(size, least))
    orthonormal, triangle = np.linalg.qr(gaussian)
    # The signs make the orientation uniform (Mezzadri, 2007, arXiv math-ph/0609050).
    return np.asarray(_upright(num_classes) @ (orthonormal * np.sign(np.diag(triangle))).T)


def _drawn(num_classes: int) -> Matrix:
    """Two or three vertices in the plane, to the last digit."""
    if num_classes == 2:
        return np.array([[0.0, 1.0], [0.0, -1.0]])
    side = np.sqrt(3.0) / 2
    return np.array([[0.0, 1.0], [-side, -0.5], [side, -0.5]])


def _upright(num_classes: int) -> Matrix:
    """(K, K - 1) vertices: the centred basis of R^K in coordinates of its own hyperplane.

    Column c (a Helmert contrast) holds class c against all later ones, so every column has
    zero sum, equal length and a right angle to the others.
    """
    later = np.arange(num_classes - 1, 0, -1.0)
    contrasts = np.tril(np.full((num_classes, num_classes - 1), -1.0), -1)
    np.fill_diagonal(contrasts, later)
    length = np.sqrt(later * (later + 1))
    return np.asarray(contrasts / length * np.sqrt(num_classes / (num_classes - 1)))
