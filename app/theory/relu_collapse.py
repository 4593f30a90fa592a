"""The global optimum of cross-entropy with features that are at least 0 (after a ReLU).

Objective: the mean over N samples of cross-entropy without bias, plus ``weight_decay / 2``
times ``||W||^2``, plus ``feature_decay / 2`` times the squared norms of all N features, which
are at least 0. Source: Dang, Tran, Nguyen & Ho, ICML 2024, arXiv 2401.02058 (class means at
right angles, thresholds); derived here for any class sizes, with the objective.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import require
from app.theory.inputs import class_sizes, positive_decay

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReluCollapse:
    """Global optimum with features at least 0, for any class sizes.

    It exists in as many dimensions as classes do not collapse. Gradient methods find it only in
    many more: each coordinate of the features is won by one class, and a class that wins none
    stays at 0 although it would not be collapsed at the optimum.

    Attributes
    ----------
    counts : (K,) array
        Samples n of each class.
    weight_decay, feature_decay : float
    margins : (K,) array
        M, by how much the own logit of a class exceeds each other logit; 0 if collapsed.
    """

    counts: Array
    weight_decay: float
    feature_decay: float
    margins: Array

    @property
    def threshold(self) -> float:
        """Count at or below which a class collapses: ``N^2 lW lH K / (K - 1)``."""
        return relu_threshold(self.counts, self.weight_decay * self.feature_decay)

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """Classes whose mean is 0 and whose class vector is that of all collapsed ones, (K,)."""
        return np.asarray(self.margins == 0)

    @property
    def feature_norms_squared(self) -> Array:
        """``||h_k||^2 = M_k sqrt((K - 1) lW / (K lH n_k))``, (K,)."""
        ratio = self._odds * self.weight_decay / self.feature_decay
        return np.asarray(self.margins * np.sqrt(ratio / self.counts))

    @property
    def classifier_parts(self) -> Array:
        """Squared length of the part of W along each class mean, before centring, (K,).

        ``T_k = M_k sqrt(n_k K lH / ((K - 1) lW))``.
        """
        ratio = self.feature_decay / (self._odds * self.weight_decay)
        return np.asarray(self.margins * np.sqrt(self.counts * ratio))

    @property
    def logits(self) -> Matrix:
        """(K, K), column k the logits of class k: ``M_k (e_k - 1 / K)``."""
        return np.asarray(_centred(len(self.counts)) * self.margins)

    @property
    def classifier_gram(self) -> Matrix:
        """``W W^T``, (K, K)."""
        centre = _centred(len(self.counts))
        return np.asarray(centre * self.classifier_parts @ centre)

    @property
    def embedding_gram(self) -> Matrix:
        """Inner products of the class means, (K, K): diagonal."""
        return np.diag(self.feature_norms_squared)

    @property
    def error_probabilities(self) -> Array:
        """``1 - p_k``, p_k the probability that the softmax gives the class itself, (K,)."""
        others = (len(self.counts) - 1) * np.exp(-self.margins)
        return np.asarray(others / (1 + others))

    @property
    def objective(self) -> float:
        """The least value of the objective."""
        sizes = self.counts
        losses = np.log1p((len(sizes) - 1) * np.exp(-self.margins))
        penalty = np.sqrt(self.weight_decay * self.feature_decay * self._odds * sizes)
        return float(sizes @ losses / sizes.sum() + penalty @ self.margins)

    def classifier(self, dim: int | None = None) -> Matrix:
        """Return W, in whose coordinates each class mean lies along an axis of its own.

        Parameters
        ----------
        dim : int, optional
            d, at least the number of classes that do not collapse; K by default.

        Returns
        -------
        (K, d) array

        Raises
        ------
        UserError
            If `dim` is too small.
        """
        return np.asarray(_centred(len(self.counts)) @ self._on_axes(self.classifier_parts, dim))

    def means(self, dim: int | None = None) -> Matrix:
        """Return H, one row a class, at least 0, in the coordinates of `classifier`."""
        return self._on_axes(self.feature_norms_squared, dim)

    @property
    def _odds(self) -> float:
        """``(K - 1) / K``."""
        return (len(self.counts) - 1) / len(self.counts)

    def _on_axes(self, squares: Array, dim: int | None) -> Matrix:
        """(K, d) rows of given squared lengths, the k-th not collapsed on axis k."""
        alive = np.flatnonzero(~self.collapsed)
        size = len(self.counts) if dim is None else dim
        words = f"at least {alive.size}, the number of classes that do not collapse"
        require(size >= alive.size, "dim", words, size)
        rows = np.zeros((len(self.counts), size))
        rows[alive, np.arange(alive.size)] = np.sqrt(squares[alive])
        return rows


def relu_collapse(counts: ArrayLike, weight_decay: float, feature_decay: float) -> ReluCollapse:
    """Return the global optimum of cross-entropy with features at least 0, without bias.

    The margin of a class is ``log((K - 1) (sqrt(K n_k / ((K - 1) N^2 lW lH)) - 1))`` above the
    threshold and 0 below. Classes are coupled by N alone.

    Parameters
    ----------
    counts : (K,) array
        Training samples of each class, at least 1.
    weight_decay, feature_decay : float
        lW and lH, above 0, of the mean loss, with halves.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    sizes = class_sizes(counts)
    l_W = positive_decay(weight_decay, "weight_decay")
    l_H = positive_decay(feature_decay, "feature_decay")
    excess = np.sqrt(sizes / relu_threshold(sizes, l_W * l_H)) - 1
    # The formula in another form, which keeps its digits near the threshold.
    return ReluCollapse(sizes, l_W, l_H, np.log1p(len(sizes) * np.maximum(excess, 0.0)))


def relu_threshold(counts: Array, decay_product: float) -> float:
    """Return the count at or below which a class collapses to 0."""
    return float(counts.sum() ** 2 * decay_product * len(counts) / (len(counts) - 1))


def _centred(size: int) -> Matrix:
    """``I - 1 1^T / K``."""
    return np.eye(size) - 1 / size
