"""Is the difference to the raw classifier more than luck? A paired randomisation test."""

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import Metric

_BLOCK = 2**21


def paired_test(
    metric: Metric,
    labels: NDArray[np.int64],
    correct: NDArray[np.bool_],
    baseline: NDArray[np.bool_],
    draws: int | None = None,
    seed: int = 0,
) -> float:
    """Return the two-sided p-value of a metric's difference between two paired classifiers.

    Only samples that one classifier gets right and the other wrong carry information. If neither
    were better, each could have gone either way with equal odds; the difference of the metric is
    compared with the differences so obtained. For "accuracy" this is McNemar's test, by
    simulation; for the others its stratified form. The smallest possible value is 1 / (draws + 1).

    Parameters
    ----------
    metric : Metric
        For the class sizes of ``labels``.
    labels : (N,) int64 array
    correct, baseline : (N,) bool arrays
        Which samples each classifier gets right.
    draws : int, optional
        Number of random re-assignments; 9,999 by default, 1,999 beyond 200 classes.
    seed : int

    Returns
    -------
    float
        NaN if the metric is not defined, 1 if the two never differ.
    """
    if not metric.defined:
        return float("nan")
    num_classes = metric.unit.size
    size = np.maximum(np.bincount(labels, minlength=num_classes), 1)
    both = np.bincount(labels[correct & baseline], minlength=num_classes)
    gained = np.bincount(labels[correct & ~baseline], minlength=num_classes)
    lost = np.bincount(labels[~correct & baseline], minlength=num_classes)
    observed = abs(_difference(metric, both, gained, lost, size))
    if not (gained.any() or lost.any()):
        return 1.0
    draws = draws or (9999 if num_classes <= 200 else 1999)
    rng, extreme, left = np.random.default_rng(seed), 0, draws
    while left:
        batch = min(left, max(1, _BLOCK // num_classes))
        swapped = rng.binomial(gained + lost, 0.5, size=(batch, num_classes))
        drawn = _difference(metric, both, swapped, gained + lost - swapped, size)
        extreme += int((np.abs(drawn) >= observed - 1e-12).sum())
        left -= batch
    return (extreme + 1) / (draws + 1)


def _difference(
    metric: Metric,
    both: NDArray[np.int64],
    gained: NDArray[np.int64],
    lost: NDArray[np.int64],
    size: NDArray[np.int64],
) -> NDArray[np.float64]:
    return metric.value((both + gained) / size) - metric.value((both + lost) / size)
