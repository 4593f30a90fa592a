"""What an adjuster is judged by: means and minima of per-class recall, and calibration.

Every metric is a weighted mean of per-class recalls, or the smallest of several such means. A
class without samples has no recall (NaN) and takes no part; a metric of which nothing is left is
NaN, shown as "n/a".
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.longtail import GROUPS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MetricName = Literal[
    "accuracy", "balanced_accuracy", "worst_group", "many", "medium", "few", "worst_class"
]
METRICS: tuple[MetricName, ...] = get_args(MetricName)
SHORT_TITLES: dict[MetricName, str] = {
    "accuracy": "All",
    "balanced_accuracy": "Balanced",
    "many": "Many",
    "medium": "Medium",
    "few": "Few",
    "worst_class": "Worst class",
}
METRIC_TITLES: dict[MetricName, str] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "worst_group": "Worst group",
    "many": "Many",
    "medium": "Medium",
    "few": "Few",
    "worst_class": "Worst class",
}
NO_UNIT = -1


@dataclass(frozen=True, eq=False)
class Metric:
    """A metric for given class sizes: the smallest over units of a weighted mean of recalls.

    Attributes
    ----------
    unit : (K,) int array
        Which mean a class belongs to, or `NO_UNIT`.
    weight : (K,) array
        Weight of its recall within that mean.
    """

    unit: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, name: str, class_sizes: ArrayLike, groups: ArrayLike) -> "Metric":
        """Build a metric by name.

        Parameters
        ----------
        name : str
            One of `METRICS`: "accuracy" weighs classes by their number of samples,
            "balanced_accuracy" equally; "many", "medium", "few" are the mean recall of that group;
            "worst_group" and "worst_class" the smallest group mean and recall.
        class_sizes : (K,) array
            Samples of each class among the data judged.
        groups : (K,) array of str
            `app.longtail.frequency_groups` of the training counts.

        Raises
        ------
        UserError
            If the name is unknown.
        """
        sizes, names = np.asarray(class_sizes), np.asarray(groups)
        num_classes = sizes.size
        if name == "worst_class":
            unit = np.arange(num_classes)
        elif name == "worst_group":
            unit = np.select([names == group for group in GROUPS], range(len(GROUPS)), NO_UNIT)
        elif name in GROUPS:
            unit = np.where(names == name, 0, NO_UNIT)
        elif name in ("accuracy", "balanced_accuracy"):
            unit = np.zeros(num_classes, dtype=np.int64)
        else:
            raise UserError(f"metric must be one of {', '.join(METRICS)}, got {name!r}.")
        unit = np.where(sizes > 0, unit, NO_UNIT)
        mass = sizes.astype(float) if name == "accuracy" else np.ones(num_classes)
        total = np.bincount(unit + 1, weights=mass, minlength=2)
        return cls(unit, np.where(unit == NO_UNIT, 0.0, mass / np.maximum(total[unit + 1], 1)))

    @property
    def defined(self) -> bool:
        """Whether any class counts; otherwise the metric is "n/a"."""
        return bool((self.unit != NO_UNIT).any())

    @property
    def num_units(self) -> int:
        """Number of means of which the smallest is taken."""
        return int(np.unique(self.unit[self.unit != NO_UNIT]).size)

    def value(self, recalls: ArrayLike) -> FloatArray:
        """Value for recalls (..., K): an array (...), NaN if the metric is not defined."""
        recalls = np.asarray(recalls, dtype=np.float64)
        if not self.defined:
            return np.full(recalls.shape[:-1], np.nan)
        order = np.argsort(self.unit, kind="stable")
        order = order[self.unit[order] != NO_UNIT]
        starts = np.flatnonzero(np.diff(self.unit[order], prepend=NO_UNIT))
        weighted = recalls[..., order] * self.weight[order]
        return np.asarray(np.add.reduceat(weighted, starts, axis=-1).min(axis=-1))


def class_recalls(labels: ArrayLike, correct: ArrayLike, num_classes: int) -> FloatArray:
    """Share of each class predicted correctly, (K,); NaN for a class without samples."""
    labels = np.asarray(labels)
    sizes = np.bincount(labels, minlength=num_classes)
    hits = np.bincount(labels, weights=np.asarray(correct, float), minlength=num_classes)
    return np.where(sizes > 0, hits / np.maximum(sizes, 1), np.nan)


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins of confidence.

    Guo et al., ICML 2017, with their 15 bins.

    Parameters
    ----------
    confidence : (N,) array
        Largest softmax probability.
    correct : (N,) array of bool
    """
    confidence, correct = np.asarray(confidence, float), np.asarray(correct, float)
    if not confidence.size:
        return float("nan")
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(which, weights=correct - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / confidence.size)
