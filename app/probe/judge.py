"""Classifiers judged on rows: who is right, the recall of each class, what the logits are like."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import METRICS, Metric, class_recalls
from app.data.features import Rows
from app.probe.measures import column_measures
from app.probe.state import Array, Columns, State

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Logits held at a time.
_BLOCK = 4_000_000


class Findings(NamedTuple):
    """What H classifiers do on the rows; NaN in place of one that is not finite.

    Attributes
    ----------
    recalls : (H, K) array
        NaN for a class without rows.
    magnitude, deviation : (H, K) arrays
        See `app.probe.measures`.
    """

    recalls: FloatArray
    magnitude: FloatArray
    deviation: FloatArray


class Jury:
    """Rows on which classifiers are judged.

    Parameters
    ----------
    rows : Rows
    groups : (K,) array of str
        Frequency groups by training count.
    """

    def __init__(self, rows: Rows, groups: NDArray[np.str_]) -> None:
        self.labels = rows.labels
        self.columns = Columns(rows.features)
        self.groups = groups
        sizes = np.bincount(rows.labels, minlength=groups.size)
        self.metrics = {name: Metric.of(name, sizes, groups) for name in METRICS}

    def judge(self, state: State, measured: bool = True) -> Findings:
        """Judge classifiers; without ``measured`` only their recalls."""
        parts = [self._judge(state.take(heads), measured) for heads in self.blocks(len(state.bias))]
        return Findings(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def blocks(self, heads: int) -> list[slice]:
        """Slices of heads whose logits fit."""
        step = max(1, _BLOCK // (self.labels.size * self.groups.size))
        return [slice(start, start + step) for start in range(0, heads, step)]

    def scores(self, recalls: FloatArray) -> FloatArray:
        """Every metric of `app.adjust.metrics.METRICS`, (..., Q), of recalls (..., K)."""
        return np.stack([metric.value(recalls) for metric in self.metrics.values()], axis=-1)

    def recalls(self, correct: NDArray[np.bool_]) -> FloatArray:
        """Recall of each class, (H, K), from who is right, (H, N)."""
        return np.array([class_recalls(self.labels, row, self.groups.size) for row in correct])

    def _judge(self, state: State, measured: bool) -> Findings:
        # A classifier may have diverged.
        with np.errstate(all="ignore"):
            logits = self.columns.logits(state)
            lost = ~np.isfinite(logits).all(axis=(1, 2))
            nothing = np.full(state.bias.shape, np.nan)
            magnitude, deviation = nothing, nothing
            if measured:
                magnitude, deviation = column_measures(logits, self.labels)
            recalls = self.recalls(right(logits, self.labels))
        for part in (recalls, magnitude, deviation):
            part[lost] = np.nan
        return Findings(recalls, magnitude, deviation)


def right(logits: Array, labels: IntArray) -> NDArray[np.bool_]:
    """Whether the label's logit is above all others, (H, N), of (H, K, N), which is overwritten.

    A tie is an error.
    """
    place = np.arange(labels.size)
    own = logits[:, labels, place]
    logits[:, labels, place] = -np.inf
    return np.asarray(own > logits.max(axis=1))
