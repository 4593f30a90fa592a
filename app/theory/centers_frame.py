"""The multi-center frame: class vectors, centers around them, and the mean of each class's."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.centers import center_angles, center_counts, frame_angle
from app.theory.checks import require

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Numbers in the orthonormal vectors of a frame.
MAX_NUMBERS = 20_000_000


@dataclass(frozen=True, eq=False)
class CenterFrame:
    """Definition 3.2 of the NCMC paper (Yan et al., NeurIPS 2024), with vectors of length 1.

    Attributes
    ----------
    per_class : (K,) int64 array
        Centers f_k of each class.
    theta : float
        From 0, where centers are orthogonal to all class vectors, to pi/2, where all centers of a
        class are its class vector.
    classifier : (K, d) array
        Class vectors w_k, orthonormal rows.
    arms : (F, d) array
        Directions v_kj in which centers leave their class vector, class by class; orthonormal
        and at right angles to every class vector.
    """

    per_class: IntArray
    theta: float
    classifier: Matrix
    arms: Matrix

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.per_class)

    @property
    def num_centers(self) -> int:
        """F, of all classes together."""
        return len(self.arms)

    @property
    def dim(self) -> int:
        """Of the space, d."""
        return int(self.arms.shape[1])

    @cached_property
    def owners(self) -> IntArray:
        """Class of each center, (F,), ascending."""
        return np.repeat(np.arange(self.num_classes), self.per_class)

    @cached_property
    def starts(self) -> IntArray:
        """Place of the first center of each class, (K,)."""
        return np.cumsum(self.per_class) - self.per_class

    @cached_property
    def centers(self) -> Matrix:
        """``cos(theta) v_kj + sin(theta) w_k``, (F, d) unit rows."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        return np.asarray(c * self.arms + s * self.classifier[self.owners])

    @cached_property
    def means(self) -> Matrix:
        """Mean of the centers of each class, (K, d); its length is cos alpha_k."""
        total = np.add.reduceat(self.centers, self.starts, axis=0)
        return np.asarray(total / self.per_class[:, None])

    @cached_property
    def directions(self) -> Matrix:
        """Unit vectors along the means, (K, d): orthonormal, where features collapse to."""
        return np.asarray(self.means / np.linalg.norm(self.means, axis=1, keepdims=True))

    @property
    def cos_alpha(self) -> Array:
        """Cosine of a class's mean and each of its centers, (K,)."""
        return np.cos(center_angles(self.per_class, self.theta)[0])

    @property
    def cos_rho(self) -> Array:
        """Cosine of a class's mean and its class vector, (K,)."""
        return np.cos(center_angles(self.per_class, self.theta)[1])


def center_frame(
    per_class: ArrayLike, theta: float, dim: int | None = None, seed: int | None = 0
) -> CenterFrame:
    """Return a multi-center frame: orthonormal class vectors and arms, centers in between.

    Parameters
    ----------
    per_class : (K,) array
        Centers f_k of each class, at least 1 each, such as `centers_per_class` gives.
    theta : float
        Radians, in [0, pi/2].
    dim : int, optional
        d, at least F + K with F the sum of f_k, which is the default.
    seed : int, optional
        Chooses the orientation, uniformly. None for the axes themselves: class vectors along the
        first K, arms along the next F.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    f, angle = center_counts(per_class), frame_angle(theta)
    K, vectors = len(f), len(f) + int(f.sum())
    size = vectors if dim is None else int(dim)
    if size < vectors:
        raise UserError(
            f"dim must be at least {vectors}, since {K} class vectors and {vectors - K} centers "
            f"need as many directions at right angles; got {size}."
        )
    numbers = size * vectors
    require(numbers <= MAX_NUMBERS, "dim", f"at most {MAX_NUMBERS // vectors:,}", size)
    rows = np.eye(vectors, size) if seed is None else _orthonormal(vectors, size, seed)
    return CenterFrame(f, angle, rows[:K], rows[K:])


def _orthonormal(rows: int, dim: int, seed: int) -> Matrix:
    """Orthonormal rows, uniform over all orientations (Mezzadri, 2007, math-ph/0609050)."""
    require(seed >= 0, "seed", "at least 0", seed)
    gaussian = np.random.default_rng(seed).normal(size=(dim, rows))
    columns, triangle = np.linalg.qr(gaussian)
    return np.asarray((columns * np.sign(np.diag(triangle))).T)
