"""The minimisers of the loss P of multiple centers, with a fixed and with a learned frame.

``1/(2S) sum_i |W h_i - Y_i|^2 + weight_decay/2 sum_k |w_k|^2 + feature_decay/2 sum_i |h_i|^2``
over all samples i, with W the F centers, Y_i 1 at the centers of the sample's class and 0 else,
and S = sum_k f_k n_k (Yan et al., NeurIPS 2024, eq. 20-23). A learned frame has class vectors of
any length, and arms as long as the class vector.

Every feature h_i lies along the mean of its class's centers and classes are at right angles, so
the problem falls apart into one of two lengths a class. Derived here from that: a class whose
cosine is too small collapses to 0 by itself, while the paper's "otherwise (0, 0, 0)" reads as if
all of them did.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.centers import center_angles, center_counts
from app.theory.checks import require
from app.theory.inputs import class_sizes, positive_decay

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CentersOptimum:
    """Lengths at the minimum of loss P.

    Attributes
    ----------
    counts, per_class : (K,) arrays
        Samples n_k and centers f_k of each class.
    cos_alpha : (K,) array
        Cosine of the mean of a class's centers and each of them.
    weight_decay : float
        0 for a fixed frame.
    feature_decay : float
    classifier_norms_squared, feature_norms_squared : (K,) arrays
        ``|w_k|^2`` and ``|h_k|^2``; both 0 for a class that collapses.
    thresholds : (K,) array
        A class collapses if cos alpha_k is at most this; 0 for a fixed frame.
    """

    counts: Array
    per_class: Array
    cos_alpha: Array
    weight_decay: float
    feature_decay: float
    classifier_norms_squared: Array
    feature_norms_squared: Array
    thresholds: Array

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """Classes whose features and centers are 0, (K,)."""
        return np.asarray(self.feature_norms_squared == 0)

    @property
    def scores(self) -> Array:
        """Inner product of a feature and each center of its class, (K,); below the target 1."""
        product = self.classifier_norms_squared * self.feature_norms_squared
        return np.asarray(self.cos_alpha * np.sqrt(product))

    @property
    def objective(self) -> float:
        """The least value of the objective."""
        n, f = self.counts, self.per_class
        misses = n * f @ (self.scores - 1) ** 2 / (2 * (f @ n))
        features = self.feature_decay / 2 * n @ self.feature_norms_squared
        return float(
            misses + features + self.weight_decay / 2 * self.classifier_norms_squared.sum()
        )


def fixed_frame_optimum(
    counts: ArrayLike, per_class: ArrayLike, theta: float, feature_decay: float
) -> CentersOptimum:
    """Return the minimum over features with centers of length 1 (Corollary 3.7 of the paper).

    ``|h_k| = f_k cos alpha_k / (f_k cos^2 alpha_k + feature_decay S)``, without any threshold.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    n, f, cos = _inputs(counts, per_class, theta)
    decay = positive_decay(feature_decay, "feature_decay")
    lengths = f * cos / (f * cos**2 + decay * (f @ n))
    ones, zeros = np.ones_like(n), np.zeros_like(n)
    return CentersOptimum(n, f, cos, 0.0, decay, ones, lengths**2, zeros)


def learned_frame_optimum(
    counts: ArrayLike,
    per_class: ArrayLike,
    theta: float,
    weight_decay: float,
    feature_decay: float,
) -> CentersOptimum:
    """Return the minimum over features and frame (Theorems 3.3 and 3.4 of the paper).

    With t_k = (S / f_k) sqrt(weight_decay feature_decay / n_k) a class has
    ``|w_k| |h_k| = (1 - t_k / cos alpha_k) / cos alpha_k`` where cos alpha_k exceeds t_k and is 0
    elsewhere, and ``weight_decay |w_k|^2 = n_k feature_decay |h_k|^2``.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    n, f, cos = _inputs(counts, per_class, theta)
    l_W = positive_decay(weight_decay, "weight_decay")
    l_H = positive_decay(feature_decay, "feature_decay")
    thresholds = (f @ n) / f * np.sqrt(l_W * l_H / n)
    products = np.maximum(0.0, 1 - thresholds / cos) / cos
    ratio = np.sqrt(n * l_H / l_W)
    return CentersOptimum(n, f, cos, l_W, l_H, products * ratio, products / ratio, thresholds)


def _inputs(counts: ArrayLike, per_class: ArrayLike, theta: float) -> tuple[Array, Array, Array]:
    """n, f and cos alpha, (K,) each."""
    n, f = class_sizes(counts), center_counts(per_class).astype(float)
    require(len(n) == len(f), "per_class", f"of length {len(n)}", len(f))
    return n, f, np.cos(center_angles(f, theta)[0])
