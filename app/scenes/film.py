"""What the player shows of a training run: one row of numbers a snapshot.

The geometry of every snapshot is turned onto that of the prediction (orthogonal Procrustes), since
the objective does not change when classifier and features are rotated together. So what is
predicted stands still and what is trained falls into it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Matrices of more classes are drawn when the run has ended, not in every frame.
MAX_GRAM_CLASSES = 24
MAX_POINTS = 300


@dataclass(frozen=True)
class Curve:
    """A metric drawn over the steps.

    Attributes
    ----------
    metric : str
    title : str
    plot : int
        Which of the film's plots it is drawn in.
    level : float or None
        What theory says it ends at, dashed.
    told : bool
        Whether its value is written beside the slider.
    """

    metric: str
    title: str
    plot: int
    level: float | None = None
    told: bool = False


@dataclass(frozen=True, eq=False)
class Reference:
    """A geometry that snapshots are compared with and turned onto.

    Attributes
    ----------
    name : str
        A word or two, for a caption.
    classifier, means : (K, r) array
    """

    name: str
    classifier: Array
    means: Array

    def grams(self) -> dict[str, Array]:
        """Matrices of Frobenius norm 1: W W^T, H H^T and the logits W H^T, (K, K) each."""
        return normalized_grams(self.classifier, self.means)


@dataclass(frozen=True, eq=False)
class Film:
    """Everything the player needs besides the frames.

    Attributes
    ----------
    id : str
        Frames belong together if their film's id is equal.
    class_names : tuple of K str
    curves : tuple of Curve
    plots : tuple of str
        Titles of the plots.
    reference : Reference
    point_labels : (P,) int array
        Classes of the features drawn as points; empty if there are none.
    planned_steps : int
    words : mapping of str to str
        What is written under the pictures: "space", "grams", "scale", "theory".
    """

    id: str
    class_names: tuple[str, ...]
    curves: tuple[Curve, ...]
    plots: tuple[str, ...]
    reference: Reference
    point_labels: NDArray[np.int64]
    planned_steps: int
    words: Mapping[str, str]
    axes: Array = field(init=False)
    share: float = field(init=False)

    def __post_init__(self) -> None:
        """Choose the three axes that keep the most of the reference."""
        axes, share = principal_axes(_stacked(self.reference.classifier, self.reference.means))
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "share", share)

    @property
    def grams(self) -> bool:
        """Whether frames hold the Gram matrices."""
        return len(self.class_names) <= MAX_GRAM_CLASSES

    @property
    def theory(self) -> NDArray[np.float32]:
        """The reference as a frame without metrics and points."""
        reference = self.reference
        return self._geometry(reference.classifier, reference.means)

    def frames(
        self,
        classifiers: Sequence[Array] | Array,
        means: Sequence[Array] | Array,
        metrics: Mapping[str, Sequence[float] | Array],
        points: Sequence[Array] | Array | None = None,
    ) -> NDArray[np.float32]:
        """Return one row a snapshot: metrics, geometry, matrices and points.

        Parameters
        ----------
        classifiers, means : T arrays (K, d)
        metrics : mapping of str to T floats
            One that is missing is NaN.
        points : T arrays (P, d), optional
        """
        missing = np.full(len(classifiers), np.nan)
        values = [np.asarray(metrics.get(curve.metric, missing), float) for curve in self.curves]
        head = np.stack(values, axis=1) if values else np.empty((len(classifiers), 0))
        rows = []
        for number, (W, M) in enumerate(zip(classifiers, means, strict=True)):
            P = None if points is None else points[number]
            rows.append(np.concatenate([head[number], self._geometry(W, M, P)]))
        width = len(self.curves) + len(self.theory) + 3 * len(self.point_labels)
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), width)

    def _geometry(self, W: Array, M: Array, points: Array | None = None) -> NDArray[np.float32]:
        turned = self._turned(W, M)
        parts = [_longest_one(M @ turned).ravel(), _longest_one(W @ turned).ravel()]
        if self.grams:
            grams = normalized_grams(W, M)
            parts += [grams[name].ravel() for name in ("classifier", "means", "logits")]
        if points is not None:
            longest = np.linalg.norm(M @ turned, axis=1).max()
            parts.append((points @ turned / (longest or 1.0)).ravel())
        return np.concatenate(parts).astype(np.float32)

    def _turned(self, W: Array, M: Array) -> Array:
        """Turn to where the reference is and look along its axes: (d, 3)."""
        target = _stacked(self.reference.classifier, self.reference.means)
        U, _, V = np.linalg.svd(_stacked(W, M).T @ target, full_matrices=False)
        return np.asarray(U @ V @ self.axes)


def principal_axes(vectors: Array) -> tuple[Array, float]:
    """Return the directions (r, 3) that keep most of the rows (n, r), and the share they keep.

    Rows are not centred, so the origin stays the origin. Each axis points to where its largest
    entry is positive.
    """
    _, sizes, V = np.linalg.svd(vectors, full_matrices=False)
    axes = np.zeros((vectors.shape[1], 3))
    kept = min(3, len(V))
    axes[:, :kept] = V[:kept].T
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(3)])
    total = float((sizes**2).sum())
    return axes * np.where(signs == 0, 1.0, signs), float((sizes[:3] ** 2).sum()) / (total or 1.0)


def normalized_grams(W: Array, M: Array) -> dict[str, Array]:
    """Return W W^T, M M^T and W M^T, (..., K, K) each, of Frobenius norm 1 (zero stays zero)."""
    across = np.swapaxes(M, -1, -2)
    products = {
        "classifier": W @ np.swapaxes(W, -1, -2),
        "means": M @ across,
        "logits": W @ across,
    }
    return {name: _unit(product) for name, product in products.items()}


def gram_distances(W: Array, M: Array, reference: Reference) -> dict[str, Array]:
    """Return the Frobenius distances between normalised matrices, one a snapshot.

    Parameters
    ----------
    W, M : (T, K, d) array
    reference : Reference

    Returns
    -------
    dict
        "classifier", "means" and "logits", each (T,), between 0 and 2.
    """
    measured, expected = normalized_grams(W, M), reference.grams()
    return {
        name: np.linalg.norm(measured[name] - expected[name], axis=(-2, -1)) for name in expected
    }


def _unit(matrix: Array) -> Array:
    size = np.linalg.norm(matrix, axis=(-2, -1), keepdims=True)
    return np.asarray(matrix / np.where(size > 0, size, 1.0))


def _stacked(W: Array, M: Array) -> Array:
    """Classifier over means, each of Frobenius norm 1."""
    return np.concatenate([_unit(W), _unit(M)])


def _longest_one(places: Array) -> Array:
    """Scale so that the longest row has length 1."""
    longest = np.linalg.norm(places, axis=1).max()
    return np.asarray(places / (longest or 1.0))
