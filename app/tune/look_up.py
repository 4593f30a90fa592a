"""Exact numbers at every parameter that a slider can take, so that moving it is a look-up.

However many samples and classes there are, the table has at most `MOST_STEPS` + 3 positions and
those asked for, and `MOST_BINS` bins of classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import AdjusterName
from app.adjust.compare import Comparison, Line
from app.adjust.flips import rank_bins
from app.adjust.intervals import Bounds
from app.adjust.metrics import METRICS, MetricName, class_recalls
from app.adjust.path import ParameterPath
from app.adjust.tuners import PathTuner
from app.tune.spec import TuneSpec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_STEPS = 600
MOST_BINS = 32
# Bounds closer than this are one position.
_SMALLEST_STEP = 1e-12


@dataclass(frozen=True, eq=False)
class LookUp:
    """What an adjuster does to the judged samples at each of G positions of its parameter.

    Attributes
    ----------
    positions : (G,) array
        Increasing, from one bound to the other.
    scores : dict of metric to (G,) array
        NaN where not defined.
    raw_scores : dict of metric to float
        Of the raw logits on the same samples.
    recalls : (B, G) array
        Mean recall of each bin of classes, head to tail; NaN without samples.
    raw_recalls : (B,) array
    ranks : list of B slices
        Frequency ranks of the classes in each bin.
    fixed, broken : (G,) int64 arrays
        Samples wrong under raw logits and right now; right and wrong now.
    samples : int
        How many are judged.
    """

    positions: FloatArray
    scores: dict[MetricName, FloatArray]
    raw_scores: dict[MetricName, float]
    recalls: FloatArray
    raw_recalls: FloatArray
    ranks: list[slice]
    fixed: IntArray
    broken: IntArray
    samples: int


def look_up_table(table: LookUp, parameter: str) -> dict[str, FloatArray | IntArray]:
    """Return a look-up as columns: the parameter, metrics, fixed, broken, recalls of the bins."""
    columns: dict[str, FloatArray | IntArray] = {parameter: table.positions}
    columns |= dict(table.scores) | {"fixed": table.fixed, "broken": table.broken}
    for ranks, recalls in zip(table.ranks, table.recalls, strict=True):
        one = ranks.stop - ranks.start == 1
        where = f"{ranks.stop}" if one else f"{ranks.start + 1} to {ranks.stop}"
        columns[f"recall of rank {where}"] = recalls
    return columns


def slider_positions(bounds: Bounds, wanted: tuple[float, ...] = ()) -> FloatArray:
    """Return round parameters between bounds, the bounds and those wanted, increasing.

    They are multiples of 1, 2 or 5 times a power of ten, at most `MOST_STEPS` + 1 of them.
    """
    low, high = bounds
    least = max((high - low) / MOST_STEPS, _SMALLEST_STEP)
    power = int(np.floor(np.log10(least)))
    # A little less than the step: 3 / 600 is 0.005 but for rounding.
    step = next(m * 10.0**power for m in (1, 2, 5, 10) if m * 10.0**power >= least * (1 - 1e-9))
    multiples = np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    grid = np.round(multiples * step, max(0, 1 - power))
    inside = grid[(low < grid) & (grid < high)]
    return np.unique(np.concatenate([[low, high], inside, np.asarray(wanted, dtype=float)]))


def look_up(
    work: Comparison, spec: TuneSpec, name: AdjusterName, raw: Line, positions: FloatArray
) -> LookUp:
    """Judge an adjuster of one parameter at many positions on the rows the page judges.

    Parameters
    ----------
    work : Comparison
    spec : TuneSpec
    name : str
        A rule with an exact path.
    raw : Line
        The raw logits judged, for what is fixed and broken.
    positions : (G,) array
        Increasing, within the bounds of the settings.
    """
    tuner = work.tuner(name, spec.seed, (spec.low, spec.high))
    assert isinstance(tuner, PathTuner)
    judged = work.protocol(name, spec.judge, spec.folds, spec.seed).judged
    path = tuner.path.subset(judged)
    rows = work.rows(name, spec.seed)[judged]
    was_right = raw.predictions[np.searchsorted(raw.rows, rows)] == path.labels
    recalls = _hits(path, positions, path.labels, path.num_classes) / np.maximum(
        path.class_sizes, 1
    )
    recalls[:, path.class_sizes == 0] = np.nan
    raw_recalls = class_recalls(path.labels, was_right, path.num_classes)
    bin_of, ranks = rank_bins(work.setup.class_counts, MOST_BINS)
    binned = _bin_means(np.vstack([recalls, raw_recalls]), bin_of)
    metrics = {m: path.metric(m) for m in METRICS}
    right_now = _hits(path, positions, was_right.astype(np.int64), 2)
    return LookUp(
        positions=positions,
        scores={m: metric.value(recalls) for m, metric in metrics.items()},
        raw_scores={m: float(metric.value(raw_recalls)) for m, metric in metrics.items()},
        recalls=binned[:, :-1],
        raw_recalls=binned[:, -1],
        ranks=ranks,
        fixed=right_now[:, 0],
        broken=int(was_right.sum()) - right_now[:, 1],
        samples=rows.size,
    )


def _hits(path: ParameterPath, positions: FloatArray, kind: IntArray, kinds: int) -> IntArray:
    """How many samples of each kind are predicted correctly at each position, (G, kinds)."""
    size = (positions.size + 1) * kinds
    own = kind[path.sample]
    hits = np.bincount(np.searchsorted(positions, path.low) * kinds + own, minlength=size)
    past = np.searchsorted(positions, path.high, side="right")
    hits -= np.bincount(past * kinds + own, minlength=size)
    by_position = hits.reshape(-1, kinds)
    return np.cumsum(by_position, axis=0, out=by_position)[:-1]


def _bin_means(recalls: FloatArray, bin_of: IntArray) -> FloatArray:
    """Mean over the classes of each bin that have a recall, (B, rows) from (rows, K)."""
    order = np.argsort(bin_of, kind="stable")
    starts = np.flatnonzero(np.diff(bin_of[order], prepend=-1))
    known = np.isfinite(recalls[0, order])
    total = np.add.reduceat(np.nan_to_num(recalls[:, order]), starts, axis=1)
    counted = np.add.reduceat(known.astype(np.int64), starts)
    return np.where(counted > 0, total / np.maximum(counted, 1), np.nan).T
