"""A metric over an adjuster's parameter: its curve, its optimum, and how both scatter."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.intervals import Bounds

FloatArray = NDArray[np.float64]

# Values closer than this are equal: they differ by rounding only.
SAME = 1e-12


class Optimum(NamedTuple):
    """The best parameter: the middle of the widest interval on which the score is largest."""

    value: float
    low: float
    high: float
    score: float


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

    def cut(self, bounds: Bounds) -> "Curve":
        """The curve between bounds that lie within its own."""
        low, high = bounds
        first = int(np.searchsorted(self.breakpoints, low, side="right")) - 1
        stop = int(np.searchsorted(self.breakpoints, high, side="right"))
        breakpoints = self.breakpoints[first:stop].copy()
        breakpoints[0] = low
        return Curve(breakpoints, self.values[first:stop])

    def optimum(self, end: float) -> Optimum:
        """The widest run of steps whose value is largest; ``end`` is the upper bound."""
        ends = np.append(np.nextafter(self.breakpoints[1:], -np.inf), end)
        largest = float(self.values.max())
        top = np.concatenate([[False], self.values >= largest - SAME, [False]])
        edges = np.flatnonzero(top[1:] != top[:-1])
        lows, highs = self.breakpoints[edges[::2]], ends[edges[1::2] - 1]
        widest = int((highs - lows).argmax())
        low, high = float(lows[widest]), float(highs[widest])
        return Optimum((low + high) / 2, low, high, largest)


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
