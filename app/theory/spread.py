"""How the spread of a class's features falls with its training samples.

Hasegawa and Sato (ICLR 2025) bound how far features of class k stray from their mean by
``n_k ** -1/2`` and take gamma = 1/2 of multiplicative adjustment from it. Where the spread really
falls as ``n_k ** -s``, the same argument gives gamma = s. Here s is fitted.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FEWEST_CLASSES = 3


class SpreadFit(NamedTuple):
    """Least squares of log spread against log count.

    Attributes
    ----------
    exponent : float
        s in ``spread ~ n ** -s``; negative if frequent classes spread more.
    error : float
        Its standard error.
    classes : int
        How many could be used.
    """

    exponent: float
    error: float
    classes: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the exponent, by Student's t with two degrees fewer than classes.

        Exact if the logarithms scatter normally and alike around the line.
        """
        from scipy.special import stdtrit

        width = float(stdtrit(self.classes - 2, (1 + level) / 2)) * self.error
        return self.exponent - width, self.exponent + width


def fit_spread(class_counts: ArrayLike, spread: ArrayLike) -> SpreadFit | None:
    """Fit the exponent; None for fewer than three classes of known spread, or equal counts.

    Parameters
    ----------
    class_counts : (K,) array
        Training samples of each class.
    spread : (K,) array
        Spread of the features of each class; NaN or 0 where it is not known.
    """
    widths = np.asarray(spread, dtype=np.float64)
    usable = widths > 0
    x, y = np.log(np.asarray(class_counts)[usable]), np.log(widths[usable])
    if x.size < _FEWEST_CLASSES or np.ptp(x) == 0:
        return None
    x, y = x - x.mean(), y - y.mean()
    slope = (x @ y) / (x @ x)
    error = np.sqrt(((y - slope * x) ** 2).sum() / (x.size - 2) / (x @ x))
    return SpreadFit(-float(slope), float(error), int(x.size))


def feature_spread(features: ArrayLike, labels: IntArray, num_classes: int) -> FloatArray:
    """Root mean squared distance of each class's features to their mean, (K,).

    Squared distances are divided by the samples less one; NaN for a class with fewer than two.
    """
    rows = np.asarray(features)
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(labels, minlength=num_classes))[:-1])
    return np.array(
        [
            np.sqrt(rows[part].var(axis=0, ddof=1, dtype=np.float64).sum())
            if part.size > 1
            else np.nan
            for part in parts
        ]
    )
