"""The geometry that a matrix of logits forces on the classifier and the class means."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.theory.checks import require
from app.theory.simplex import simplex_etf

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Geometry:
    """Classifier and class means of least norm that produce given logits.

    Of all W (K, d) and H (K, d) with ``W H^T = logits`` those with the least
    ``weight_decay ||W||^2 + feature_decay sum_k n_k ||h_k||^2`` are unique up to one rotation of
    both (Thrampoulidis et al., 2022, arXiv 2208.05512), so every norm and angle is determined.
    The roots fix that rotation: they are the factors in K coordinates, in which the classifier
    is symmetric, so that they move continuously with the counts.

    Attributes
    ----------
    counts : (K,) array
        Samples n of each class.
    logits : (K, K) array
        Column k holds the logits of a sample of class k.
    normal : (K,) array
        Unit vector, positive, at a right angle to every column of the logits.
    classifier_root, embedding_root : (K, K) arrays
        W and H in K coordinates, one row a class, at right angles to `normal`.
    """

    counts: Array
    logits: Matrix
    normal: Array
    classifier_root: Matrix
    embedding_root: Matrix

    @property
    def classifier_gram(self) -> Matrix:
        """``W W^T``, (K, K)."""
        return np.asarray(self.classifier_root @ self.classifier_root.T)

    @property
    def embedding_gram(self) -> Matrix:
        """Inner products of the class means (not weighted by counts), (K, K)."""
        return np.asarray(self.embedding_root @ self.embedding_root.T)

    @property
    def classifier_norms(self) -> Array:
        """``||w_k||``, (K,)."""
        return np.asarray(np.linalg.norm(self.classifier_root, axis=1))

    @property
    def embedding_norms(self) -> Array:
        """``||h_k||``, (K,)."""
        return np.asarray(np.linalg.norm(self.embedding_root, axis=1))

    @property
    def classifier_cosines(self) -> Matrix:
        """Cosines between class vectors, (K, K), NaN where one is zero."""
        return gram_cosines(self.classifier_gram)

    @property
    def embedding_cosines(self) -> Matrix:
        """Cosines between class means, (K, K), NaN where one is zero."""
        return gram_cosines(self.embedding_gram)

    @property
    def alignment(self) -> Array:
        """Cosine of ``w_k`` and ``h_k`` for each class, (K,), NaN where one is zero."""
        return quotient(np.diag(self.logits), self.classifier_norms * self.embedding_norms)

    def classifier(self, dim: int | None = None) -> Matrix:
        """Return W in `dim` coordinates.

        Parameters
        ----------
        dim : int, optional
            d, at least K - 1, which is the default.

        Returns
        -------
        (K, d) array
            For equal classes a multiple of ``simplex_etf(K, dim)``.

        Raises
        ------
        UserError
            If `dim` is too small.
        """
        return np.asarray(self.classifier_root @ self._coordinates(dim))

    def means(self, dim: int | None = None) -> Matrix:
        """Return H, one row a class, in the coordinates of `classifier`."""
        return np.asarray(self.embedding_root @ self._coordinates(dim))

    def _coordinates(self, dim: int | None) -> Matrix:
        """(K, d) orthonormal frame of the hyperplane: that of the simplex ETF, turned there."""
        size = len(self.counts)
        upright = simplex_etf(size, dim) * np.sqrt((size - 1) / size)
        return np.asarray(_turn(np.full(size, 1 / np.sqrt(size)), self.normal) @ upright)


def least_norm_geometry(
    counts: Array, logits: Matrix, normal: Array, decay_ratio: float = 1.0
) -> Geometry:
    """Return the classifier and class means of least norm with these logits.

    With the singular value decomposition ``logits D^(1/2) = U S V^T``, D the diagonal of the
    counts: ``W W^T = U S U^T`` and ``H^T H = D^(-1/2) V S V^T D^(-1/2)`` (Thrampoulidis et al.,
    2022, arXiv 2208.05512, Definition 2), times the square root of `decay_ratio` and divided by
    it.

    Parameters
    ----------
    counts : (K,) array
    logits : (K, K) array
    normal : (K,) array
        Positive, at a right angle to every column of `logits`, of any length.
    decay_ratio : float
        Decay of the features over that of the classifier, above 0.
    """
    require(decay_ratio > 0 and np.isfinite(decay_ratio), "decay_ratio", "above 0", decay_ratio)
    left, values, right = np.linalg.svd(logits * np.sqrt(counts))
    # What is zero but for rounding would come out of the root a hundred million times larger.
    values[values <= len(counts) * np.finfo(float).eps * values[0]] = 0.0
    root, stretch = left * np.sqrt(values), decay_ratio**0.25
    embeddings = (right.T / np.sqrt(counts)[:, None] * np.sqrt(values)) @ left.T
    unit = normal / np.linalg.norm(normal)
    return Geometry(counts, logits, unit, stretch * root @ left.T, embeddings / stretch)


def gram_cosines(gram: Matrix) -> Matrix:
    """Return the cosines of the angles behind inner products, NaN where a vector is zero."""
    norms = np.sqrt(np.diag(gram))
    return quotient(gram, np.outer(norms, norms))


def quotient(numerator: Array, denominator: Array) -> Array:
    """Return ``numerator / denominator``, NaN where the denominator is 0."""
    nowhere = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=nowhere, where=denominator != 0))


def _turn(start: Array, end: Array) -> Matrix:
    """Rotation of the unit vector `start` to `end`, not opposite, that leaves the rest alone."""
    middle = start + end
    bisector = np.outer(middle, middle) / (1 + start @ end)
    return np.asarray(np.eye(len(start)) - bisector + 2 * np.outer(end, start))
