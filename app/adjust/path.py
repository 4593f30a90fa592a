"""The exact curve of a metric over an adjuster's parameter: no grid, no miss.

Each sample is predicted correctly on known intervals of the parameter, so every metric is a step
function whose steps are the ends of those intervals. All metrics, folds and bootstrap replicates
are re-weightings of the same ends.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.compiled import compiled
from app.adjust.intervals import Bounds, correct_intervals
from app.adjust.metrics import NO_UNIT, Metric, class_recalls
from app.adjust.pairwise import Duels, Ties, duel_intervals
from app.adjust.rules import (
    FloatArray,
    center_rows,
    log_target_prior,
    norm_scale,
    positive_counts,
)
from app.errors import UserError
from app.longtail import frequency_groups

IntArray = NDArray[np.int64]
PathRule = Literal["mla", "ala", "tau-norm", "1vs1"]
# Values closer than this are equal: they differ by rounding only.
_SAME = 1e-12
# Values are summed as whole multiples of this. A sum of a million floats would drift by more than
# `_SAME`, and the same hits would give different values at different ends.
_QUANTUM = 2.0**-62


class Curve(NamedTuple):
    """A step function: ``values[i]`` holds from ``breakpoints[i]`` to the next one.

    The first breakpoint is the lower bound, the last value holds up to the upper bound.
    """

    breakpoints: FloatArray
    values: FloatArray

    def at(self, parameters: ArrayLike) -> FloatArray:
        """Values at given parameters within the bounds."""
        step = np.searchsorted(self.breakpoints, parameters, side="right") - 1
        return self.values[np.clip(step, 0, None)]


class Optimum(NamedTuple):
    """The best parameter: the middle of the widest interval on which the score is largest."""

    value: float
    low: float
    high: float
    score: float


class Bootstrap(NamedTuple):
    """Re-tuned parameters and curves on resampled data.

    Attributes
    ----------
    values : (B,) array
        Optimum of each replicate.
    scores : (B,) array
        Its score on that replicate.
    parameters : (G,) array
        Where the curves are evaluated.
    curves : (B, G) array
    """

    values: FloatArray
    scores: FloatArray
    parameters: FloatArray
    curves: FloatArray

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Percentile interval of the optimum."""
        low, high = np.quantile(self.values, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def band(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise percentile band of the curve, two (G,) arrays."""
        low, high = np.quantile(self.curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high


@dataclass(frozen=True, eq=False)
class ParameterPath:
    """On which parameters every sample is predicted correctly.

    Attributes
    ----------
    labels : (N,) int64 array
    groups : (K,) array of str
        "many", "medium" or "few", by training count.
    bounds : (low, high)
    sample, low, high : (M,) arrays
        Sample index and a closed interval of the parameter on which it is predicted correctly.
        For affine rules at most one a sample.
    """

    labels: IntArray
    groups: NDArray[np.str_]
    bounds: Bounds
    sample: IntArray
    low: FloatArray
    high: FloatArray

    @property
    def num_classes(self) -> int:
        """K."""
        return self.groups.size

    @cached_property
    def class_sizes(self) -> IntArray:
        """Samples of each class, (K,)."""
        return np.bincount(self.labels, minlength=self.num_classes)

    def correct(self, parameter: float) -> NDArray[np.bool_]:
        """Whether each sample is predicted correctly at one parameter, (N,)."""
        hit = np.zeros(self.labels.size, dtype=bool)
        hit[self.sample[(self.low <= parameter) & (parameter <= self.high)]] = True
        return hit

    def at(self, parameter: float) -> FloatArray:
        """Recall of each class at one parameter, (K,); NaN for a class without samples.

        Raises
        ------
        UserError
            If the parameter is outside the bounds.
        """
        low, high = self.bounds
        if not low <= parameter <= high:
            raise UserError(f"parameter must lie in [{low:g}, {high:g}], got {parameter!r}.")
        return class_recalls(self.labels, self.correct(parameter), self.num_classes)

    def subset(self, rows: ArrayLike) -> "ParameterPath":
        """The path of some samples: a boolean mask (N,) or their indices. Nothing is recomputed."""
        rows = np.asarray(rows)
        keep = np.flatnonzero(rows) if rows.dtype == bool else rows
        position = np.full(self.labels.size, -1)
        position[keep] = np.arange(keep.size)
        inside = position[self.sample] >= 0
        return ParameterPath(
            self.labels[keep],
            self.groups,
            self.bounds,
            position[self.sample[inside]],
            self.low[inside],
            self.high[inside],
        )

    def metric(self, name: str) -> Metric:
        """The metric of that name for these samples."""
        return Metric.of(name, self.class_sizes, self.groups)

    def curve(self, metric: str, bounds: Bounds | None = None) -> Curve:
        """Return the exact curve of a metric.

        Parameters
        ----------
        metric : str
            One of `app.adjust.METRICS`.
        bounds : (low, high), optional
            Part of the path's bounds.

        Raises
        ------
        UserError
            If the metric is unknown or no sample counts for it, or the bounds are not inside.
        """
        curve = self._curve(self._defined(metric), np.ones(self.labels.size, dtype=np.int64))
        return _cut(curve, self._inner(bounds))

    def best(self, metric: str, bounds: Bounds | None = None) -> Optimum:
        """Return the widest parameter interval that maximises a metric.

        Raises
        ------
        UserError
            As `curve`.
        """
        inner = self._inner(bounds)
        return _optimum(self.curve(metric, inner), inner)

    def bootstrap(
        self,
        metric: str,
        samples: int = 200,
        seed: int = 0,
        bounds: Bounds | None = None,
        points: int = 201,
    ) -> Bootstrap:
        """Re-tune on samples drawn with replacement within each class.

        Only the weights of the stored interval ends change. Class sizes stay what they are, so
        that no class vanishes from a replicate.

        Parameters
        ----------
        metric : str
        samples : int
            Number of replicates, at least 1.
        seed : int
        bounds : (low, high), optional
            Part of the path's bounds.
        points : int
            Evenly spaced parameters at which the curves are kept.
        """
        if samples < 1:
            raise UserError(f"samples must be at least 1, got {samples}.")
        chosen, inner = self._defined(metric), self._inner(bounds)
        rng = np.random.default_rng(seed)
        grid = np.linspace(*inner, points)
        optima, curves = [], np.empty((samples, points))
        for b in range(samples):
            curve = _cut(self._curve(chosen, self._resampled(rng)), inner)
            optima.append(_optimum(curve, inner))
            curves[b] = curve.at(grid)
        values, scores = (np.array([o[i] for o in optima]) for i in (0, 3))
        return Bootstrap(values, scores, grid, curves)

    def _defined(self, name: str) -> Metric:
        metric = self.metric(name)
        if not metric.defined:
            raise UserError(f"{name} is not defined: no sample of such a class was given.")
        return metric

    def _inner(self, bounds: Bounds | None) -> Bounds:
        low, high = self.bounds
        if bounds is None:
            return self.bounds
        if not low <= bounds[0] < bounds[1] <= high:
            raise UserError(
                f"bounds must increase and lie in [{low:g}, {high:g}], got {tuple(bounds)}."
            )
        return bounds

    @cached_property
    def _events(self) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
        """Interval ends in order: position, sample, step (+1 or -1), last event at a position."""
        position = np.concatenate([self.low, np.nextafter(self.high, np.inf)])
        order = np.argsort(position, kind="stable")
        order = order[position[order] <= self.bounds[1]]
        sample = np.concatenate([self.sample, self.sample])[order]
        step = np.where(order < self.low.size, 1, -1)
        position = position[order]
        last = np.flatnonzero(np.append(position[1:] != position[:-1], True)[: position.size])
        return position, sample, step, last

    @cached_property
    def _by_class(self) -> tuple[IntArray, IntArray, IntArray]:
        """Samples sorted by class, and where the class of each begins and how long it is."""
        order = np.argsort(self.labels, kind="stable")
        start = np.cumsum(self.class_sizes) - self.class_sizes
        own = self.labels[order]
        return order, start[own], self.class_sizes[own]

    def _resampled(self, rng: np.random.Generator) -> IntArray:
        """How often each sample is drawn, (N,)."""
        order, start, size = self._by_class
        drawn = order[start + (rng.random(order.size) * size).astype(np.int64)]
        return np.bincount(drawn, minlength=order.size)

    def _curve(self, metric: Metric, multiplicity: IntArray) -> Curve:
        """The curve with every sample counted ``multiplicity`` times."""
        position, sample, step, last = self._events
        weight = metric.weight / np.maximum(self.class_sizes, 1)
        quanta = np.rint(weight / _QUANTUM).astype(np.int64)
        change = step * multiplicity[sample] * quanta[self.labels[sample]]
        if metric.num_units == 1:
            total = np.cumsum(change)
        else:
            total = _running_minimum(metric.unit[self.labels[sample]], change, metric)
        breakpoints, values = position[last], total[last] * _QUANTUM
        if not breakpoints.size or breakpoints[0] > self.bounds[0]:
            breakpoints = np.concatenate([[self.bounds[0]], breakpoints])
            values = np.concatenate([[0.0], values])
        return Curve(breakpoints, values)


def exact_path(
    logits: ArrayLike,
    y: ArrayLike,
    class_counts: ArrayLike,
    rule: PathRule = "mla",
    *,
    center: bool = False,
    bounds: Bounds = (0.0, 3.0),
    groups: ArrayLike | None = None,
    target_prior: ArrayLike | Literal["balanced", "train"] | None = None,
    weight_norms: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    feature_norms: ArrayLike | None = None,
    ties: Ties = "margin",
) -> ParameterPath:
    """Compute where every sample is predicted correctly, as a rule's parameter varies.

    Parameters
    ----------
    logits : (N, K) array
        Float32 and float64 are used as they are, anything else as float64.
    y : (N,) array of int
        Labels, 0..K-1.
    class_counts : (K,) array
        Training samples of each class.
    rule : {"mla", "ala", "tau-norm", "1vs1"}
        "mla" scores ``z (n_k / n_max) ** -t``; "ala" ``z - t log pi_k`` (+ log target prior);
        "tau-norm" ``(z_k - b_k) / |w_k| ** t``; "1vs1" counts duels, `app.adjust.pairwise`.
    center : bool
        Subtract each row's mean first; matters for "mla" and "1vs1".
    bounds : (low, high)
        Parameters searched.
    groups : (K,) array of str, optional
        Frequency groups; those of `app.longtail.frequency_groups` by default.
    target_prior : optional
        For "ala", see `app.adjust.rules.additive_offset`.
    weight_norms, bias : (K,) arrays
        For "tau-norm": norms are needed, a missing bias is zero.
    weights, feature_norms, ties : optional
        For "1vs1", see `app.adjust.pairwise.Duels` and `duel_intervals`.

    Returns
    -------
    ParameterPath

    Raises
    ------
    UserError
        If shapes do not fit, a label is out of range, or a value is not usable.

    Notes
    -----
    The work is one sweep over the logits for affine rules, O(N K^2) for "1vs1".
    """
    z, labels, counts = checked(logits, y, class_counts)
    low, high = float(bounds[0]), float(bounds[1])
    if not (np.isfinite([low, high]).all() and low < high):
        raise UserError(f"bounds must be two increasing finite numbers, got {tuple(bounds)}.")
    names = frequency_groups(counts) if groups is None else np.asarray(groups)
    if names.shape != counts.shape:
        raise UserError(
            f"groups must hold one name for each of {counts.size} classes, "
            f"got an array of shape {names.shape}."
        )
    sample = np.arange(labels.size)
    if rule == "1vs1":
        duels = Duels.of(counts, feature_norms, weights)
        centred = center_rows(z) if center else z
        sample, lows, highs = duel_intervals(centred, labels, duels, (low, high), ties)
    else:
        slopes, prepare = _affine(rule, counts, center, target_prior, weight_norms, bias)
        lows, highs = correct_intervals(
            z, labels, slopes, additive=rule == "ala", bounds=(low, high), prepare=prepare
        )
        found = lows <= highs
        sample, lows, highs = sample[found], lows[found], highs[found]
    return ParameterPath(labels, names, (low, high), sample, lows, highs)


def checked(
    logits: ArrayLike, y: ArrayLike, class_counts: ArrayLike
) -> tuple[NDArray[np.floating], IntArray, FloatArray]:
    """Return logits, labels and counts as arrays of matching shapes, or raise `UserError`."""
    z = np.asarray(logits)
    if z.dtype not in (np.float32, np.float64):
        z = z.astype(np.float64)
    counts, labels = positive_counts(class_counts), np.asarray(y)
    if z.ndim != 2 or z.shape[0] < 1 or z.shape[1] != counts.size:
        raise UserError(
            f"logits must have at least 1 row and one column for each of {counts.size} classes, "
            f"got an array of shape {z.shape}."
        )
    if labels.shape != (len(z),) or labels.dtype.kind not in "iu":
        raise UserError(
            f"y must hold {len(z)} integers, got {labels.dtype} of shape {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= counts.size:
        raise UserError(
            f"y must lie in 0..{counts.size - 1}, got {labels.min()} to {labels.max()}."
        )
    return z, labels.astype(np.int64), counts


def _affine(
    rule: str,
    counts: FloatArray,
    center: bool,
    target_prior: ArrayLike | Literal["balanced", "train"] | None,
    weight_norms: ArrayLike | None,
    bias: ArrayLike | None,
) -> tuple[FloatArray, Callable[[NDArray[np.floating]], FloatArray] | None]:
    """Slopes of an affine rule and what is done to logits first."""
    if rule == "mla":
        return np.log2(counts), center_rows if center else None
    if rule == "ala":
        shift = log_target_prior(counts, target_prior)
        return np.log(counts), (lambda z: z + shift) if np.ptp(shift) else None
    if rule == "tau-norm":
        if weight_norms is None:
            raise UserError("weight_norms are needed for rule 'tau-norm', got None.")
        if np.shape(weight_norms) != counts.shape:
            raise UserError(f"weight_norms must hold {counts.size} numbers.")
        slopes = -np.log2(norm_scale(weight_norms, 1.0))
        if bias is None:
            return slopes, None
        own = np.asarray(bias, dtype=np.float64)
        if own.shape != counts.shape or not np.isfinite(own).all():
            raise UserError(f"bias must hold {counts.size} finite numbers.")
        return slopes, lambda z: z - own
    raise UserError(f"rule must be one of {', '.join(get_args(PathRule))}, got {rule!r}.")


def _running_minimum(unit: IntArray, change: IntArray, metric: Metric) -> IntArray:
    """Smallest unit total after each event."""
    names = np.unique(metric.unit[metric.unit != NO_UNIT])
    unit = np.searchsorted(names, unit)
    run = compiled("running_minimum")
    if run is not None:
        return np.asarray(run(unit, change, np.zeros(names.size, dtype=np.int64)))
    totals = (np.cumsum(np.where(unit == u, change, 0)) for u in range(names.size))
    return functools.reduce(np.minimum, totals)


def _cut(curve: Curve, bounds: Bounds) -> Curve:
    """The curve between bounds."""
    low, high = bounds
    first = int(np.searchsorted(curve.breakpoints, low, side="right")) - 1
    stop = int(np.searchsorted(curve.breakpoints, high, side="right"))
    breakpoints = curve.breakpoints[first:stop].copy()
    breakpoints[0] = low
    return Curve(breakpoints, curve.values[first:stop])


def _optimum(curve: Curve, bounds: Bounds) -> Optimum:
    """The middle of the widest run of steps whose value is largest."""
    ends = np.append(np.nextafter(curve.breakpoints[1:], -np.inf), bounds[1])
    largest = float(curve.values.max())
    top = np.concatenate([[False], curve.values >= largest - _SAME, [False]])
    edges = np.flatnonzero(top[1:] != top[:-1])
    lows, highs = curve.breakpoints[edges[::2]], ends[edges[1::2] - 1]
    widest = int((highs - lows).argmax())
    low, high = float(lows[widest]), float(highs[widest])
    return Optimum((low + high) / 2, low, high, largest)
