"""Labelled features that someone brings: checked, and read in chunks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from app.errors import UserError
from app.theory.checks import require

FloatArray = NDArray[np.float64]
RealArray = NDArray[np.float32 | np.float64]
IntArray = NDArray[np.int64]

MAX_CLASSES = 2000
# Squares of anything larger may overflow.
MAX_SUM = {np.float32: 1e15, np.float64: 1e150}
# Numbers worked on at a time: what fits the cache of one core.
_CHUNK_NUMBERS = 2**18


@dataclass(frozen=True, eq=False)
class Samples:
    """Features and labels of K classes, none of them empty.

    Attributes
    ----------
    features : (N, d) array
    labels : (N,) int64
        0 to K-1.
    counts : (K,) int64
        Samples of each class.
    """

    features: NDArray[Any]
    labels: IntArray
    counts: IntArray

    @classmethod
    def checked(cls, features: ArrayLike, labels: ArrayLike, num_classes: int | None) -> Self:
        """Check shapes, types and labels; that features are finite shows in their sums.

        Raises
        ------
        UserError
            If there are not 2 to 2000 classes, a label is out of range, a class has no sample,
            or shapes or types do not fit.
        """
        x, y = np.asarray(features), np.asarray(labels)
        require(x.dtype.kind in "fiu", "features", "real numbers", str(x.dtype))
        require(x.ndim == 2 and x.size > 0, "features", "an array of shape (N, d)", x.shape)
        require(y.dtype.kind in "iu", "labels", "integers", str(y.dtype))
        require(y.shape == x.shape[:1], "labels", f"of shape {x.shape[:1]}", y.shape)
        size = int(y.max()) + 1 if num_classes is None else num_classes
        require(2 <= size <= MAX_CLASSES, "the number of classes", f"2 to {MAX_CLASSES}", size)
        wrong = np.flatnonzero((y < 0) | (y >= size))
        if wrong.size:
            raise UserError(f"labels must be 0 to {size - 1}, got {y[wrong[0]]} at {wrong[0]}.")
        counts = np.bincount(y, minlength=size)
        empty = np.flatnonzero(counts == 0)
        if empty.size:
            raise UserError(f"labels must have every class, got none of class {empty[0]}.")
        return cls(x, y.astype(np.int64, copy=False), counts)

    @property
    def precision(self) -> type[np.float32] | type[np.float64]:
        """Of products of matrices: single for features that are no more precise."""
        kind = self.features.dtype
        return np.float32 if kind.kind == "f" and kind.itemsize <= 4 else np.float64

    def chunks(self) -> Iterator[tuple[RealArray, IntArray]]:
        """Features in that precision and labels, a few rows at a time."""
        rows = max(1, _CHUNK_NUMBERS // self.features.shape[1])
        for start in range(0, len(self.labels), rows):
            chunk = slice(start, start + rows)
            yield self.features[chunk].astype(self.precision, copy=False), self.labels[chunk]

    def class_means(self) -> FloatArray:
        """Mean of each class, summed in float64, (K, d).

        Raises
        ------
        UserError
            If a feature is not finite or too large to be squared.
        """
        sums = np.zeros((len(self.counts), self.features.shape[1]))
        for rows, labels in self.chunks():
            size = len(labels)
            one_hot = csr_array(
                (np.ones(size), labels, np.arange(size + 1)), shape=(size, len(sums))
            )
            with np.errstate(invalid="ignore"):
                sums += np.asarray(one_hot.T @ rows.astype(np.float64), dtype=np.float64)
        limit = MAX_SUM[self.precision]
        if not (np.abs(sums) <= limit).all():
            raise UserError(
                f"features must be finite, with class sums of at most {limit:g}, {self._fault()}."
            )
        return sums / self.counts[:, None]

    def _fault(self) -> str:
        """Name the first feature that is not finite."""
        wrong = np.argwhere(~np.isfinite(self.features))
        if not len(wrong):
            return "got larger ones"
        row, column = wrong[0]
        return f"got {self.features[row, column]} in row {row}, column {column}"
