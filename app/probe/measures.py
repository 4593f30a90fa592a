"""What is measured of logits besides accuracy: logits magnitude and regularised deviation.

Lu et al., 2024 (arXiv 2403.00250), definitions 1 and 2. Both see differences within a column of
logits alone, so that no bias and no post-hoc offset changes them; see `balance`.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Kind = Literal["all", "pos", "neg"]


def logits_magnitude(logits: ArrayLike, labels: ArrayLike) -> FloatArray:
    """Mean logit of a class on its own samples minus that on all others, L (K,).

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) array of int

    Returns
    -------
    (K,) array
        NaN for a class without samples, or without others.
    """
    own, other, _ = _moments(np.asarray(logits), np.asarray(labels))
    return own[0] - other[0]


def regularized_std(logits: ArrayLike, labels: ArrayLike, kind: Kind = "all") -> FloatArray:
    """Standard deviation of a class's logit over its magnitude, r (K,).

    The paper does not say over which samples the deviation is taken.

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) array of int
    kind : {"all", "pos", "neg"}
        Over all samples, those of the class, or all others. With "all" it also contains the
        magnitude itself: with p the share of the class its square is at least ``p (1 - p)``.

    Returns
    -------
    (K,) array
        Population deviations; NaN where the magnitude is.
    """
    own, other, whole = _moments(np.asarray(logits), np.asarray(labels))
    chosen = {"pos": own, "neg": other, "all": whole}[kind]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(chosen[1]) / (own[0] - other[0]))


def column_measures(
    logits: NDArray[np.floating], labels: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Magnitude and deviation ("all") of classifiers at once: L and r, (H, K), of (H, K, N)."""
    found = [_moments(z.T, labels) for z in logits]
    magnitude = np.array([own[0] - other[0] for own, other, _ in found])
    with np.errstate(divide="ignore", invalid="ignore"):
        return magnitude, np.sqrt([whole[1] for _, _, whole in found]) / magnitude


def weight_norms(weights: ArrayLike) -> FloatArray:
    """Lengths (..., K) of class vectors (..., K, d); infinite for one that has diverged."""
    with np.errstate(over="ignore"):
        return np.asarray(np.linalg.norm(np.asarray(weights), axis=-1), dtype=np.float64)


def normalized(magnitude: ArrayLike) -> FloatArray:
    """Magnitudes divided by the sum of their absolute values, as the paper compares methods.

    NaN where that sum is 0: a classifier that tells no class apart has no shares.
    """
    values = np.asarray(magnitude, dtype=np.float64)
    total = np.nansum(np.abs(values), axis=-1, keepdims=True)
    return np.asarray(values / np.where(total > 0, total, np.nan))


def balance(values: ArrayLike) -> FloatArray:
    """Standard deviation over mean, of the last axis: 0 where all classes are alike.

    Of the logits magnitude the paper has it predict accuracy. It cannot see biases: post-hoc
    logit adjustment changes accuracy by points and this not at all. NaN values are left out; NaN
    where none is left or their mean is 0.
    """
    given = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(given)
    size = np.maximum(known.sum(axis=-1), 1)
    total = np.where(known, given, 0.0).sum(axis=-1)
    mean = np.where(total != 0, total, np.nan) / size
    with np.errstate(invalid="ignore"):  # an infinite value has no distance to its mean
        away = np.where(known, given - mean[..., None], 0.0)
    return np.asarray(np.sqrt((away**2).sum(axis=-1) / size) / mean)


def _moments(
    logits: NDArray[np.floating], labels: IntArray
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Mean and variance of every column over its class, the others, and all."""
    total, num_classes = logits.shape
    sizes = np.bincount(labels, minlength=num_classes).astype(np.float64)
    # Around the column's mean, so that squares lose no digits.
    center = logits.mean(axis=0, dtype=np.float64)
    own = logits[np.arange(total), labels] - center[labels]
    whole_square = np.square(logits - center.astype(logits.dtype)).sum(axis=0, dtype=np.float64)
    own_sum = np.bincount(labels, weights=own, minlength=num_classes)
    own_square = np.bincount(labels, weights=own**2, minlength=num_classes)
    of_class = np.where(sizes > 0, sizes, np.nan)
    of_others = np.where(sizes < total, total - sizes, np.nan)
    own_mean, other_mean = own_sum / of_class, -own_sum / of_others
    own_variance = own_square / of_class - own_mean**2
    other_variance = (whole_square - own_square) / of_others - other_mean**2
    return (
        (own_mean, np.maximum(own_variance, 0)),
        (other_mean, np.maximum(other_variance, 0)),
        (np.zeros(num_classes), whole_square / total),
    )
