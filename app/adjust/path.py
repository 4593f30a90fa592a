"""On which parameters samples are predicted correctly, and what follows: no grid, no miss.

Each sample is predicted correctly on known intervals of the parameter, so every metric is a step
function whose steps are the ends of those intervals. All metrics, folds and bootstrap replicates
are re-weightings of the same ends.
"""

import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.compiled import compiled
from app.adjust.curve import Bootstrap, Curve, Optimum
from app.adjust.intervals import Bounds
from app.adjust.metrics import NO_UNIT, Metric, class_recalls
from app.errors import UserError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Values are summed as whole multiples of this. A sum of a million floats would drift by more than
# `app.adjust.curve.SAME`, and the same hits would give different values at different ends.
_QUANTUM = 2.0**-62


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
        return curve.cut(self._inner(bounds))

    def best(self, metric: str, bounds: Bounds | None = None) -> Optimum:
        """Return the widest parameter interval that maximises a metric.

        Raises
        ------
        UserError
            As `curve`.
        """
        inner = self._inner(bounds)
        return self.curve(metric, inner).optimum(inner[1])

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
            curve = self._curve(chosen, self._resampled(rng)).cut(inner)
            optima.append(curve.optimum(inner[1]))
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


def _running_minimum(unit: IntArray, change: IntArray, metric: Metric) -> IntArray:
    """Smallest unit total after each event."""
    names = np.unique(metric.unit[metric.unit != NO_UNIT])
    unit = np.searchsorted(names, unit)
    run = compiled("running_minimum")
    if run is not None:
        return np.asarray(run(unit, change, np.zeros(names.size, dtype=np.int64)))
    totals = (np.cumsum(np.where(unit == u, change, 0)) for u in range(names.size))
    return functools.reduce(np.minimum, totals)
