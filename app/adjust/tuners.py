"""Finding an adjuster's parameters on some rows, after one pass over all logits.

A tuner is made once for a data set. Tuning on a fold, for another metric or within other bounds
then only re-weights what the pass has found.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import AdjusterName, Parameters, Setup, check_setup
from app.adjust.curve import Bootstrap, Optimum
from app.adjust.exact import exact_path
from app.adjust.intervals import Bounds, checked_bounds, correct_intervals, row_blocks
from app.adjust.judge import fit_temperature
from app.adjust.path import ParameterPath
from app.adjust.rules import center_rows, multiplicative_scale
from app.errors import UserError

IntArray = NDArray[np.int64]

# The 1vs1adjuster costs N K^2: this many duels take about five seconds on one core. With more
# classes than this a sample so bounded would have fewer than ten rows a class.
MOST_DUELS = 400_000_000
MOST_DUEL_CLASSES = 340
# Vector scaling is exact in tau for each gamma of this grid.
VECTOR_GAMMAS = np.linspace(0.0, 1.0, 21)


class Tuned(NamedTuple):
    """Parameters, and for one-parameter rules the exact interval of equally good values."""

    parameters: Parameters
    optimum: Optimum | None = None


class Tuner(Protocol):
    """What finds the parameters of one adjuster."""

    def tune(self, rows: IntArray, metric: str, bounds: Bounds) -> Tuned:
        """Best parameters on some rows, (M,) indices."""
        ...


@dataclass(frozen=True, eq=False)
class FixedTuner:
    """Raw logits: nothing to tune; the path is the same at every parameter."""

    path: ParameterPath

    def tune(self, rows: IntArray, metric: str, bounds: Bounds) -> Tuned:
        """No parameters."""
        return Tuned({})


@dataclass(frozen=True, eq=False)
class PathTuner:
    """A rule of one parameter, by its exact path."""

    parameter: str
    path: ParameterPath

    def tune(self, rows: IntArray, metric: str, bounds: Bounds) -> Tuned:
        """The middle of the widest interval that maximises the metric."""
        optimum = self.path.subset(rows).best(metric, bounds)
        return Tuned({self.parameter: optimum.value}, optimum)

    def bootstrap(
        self, rows: IntArray, metric: str, bounds: Bounds, samples: int, seed: int
    ) -> Bootstrap:
        """The optimum's spread when the rows are resampled within each class."""
        return self.path.subset(rows).bootstrap(metric, samples, seed, bounds)


@dataclass(frozen=True, eq=False)
class VectorTuner:
    """Vector scaling: exact in tau at each gamma of `VECTOR_GAMMAS`."""

    paths: tuple[ParameterPath, ...]

    def tune(self, rows: IntArray, metric: str, bounds: Bounds) -> Tuned:
        """The best pair; of equal scores the one with the widest interval of tau."""
        found = [path.subset(rows).best(metric, bounds) for path in self.paths]
        best = max(o.score for o in found)
        ties = [i for i, o in enumerate(found) if o.score >= best - 1e-12]
        chosen = max(ties, key=lambda i: found[i].high - found[i].low)
        return Tuned({"gamma": float(VECTOR_GAMMAS[chosen]), "tau": found[chosen].value})


@dataclass(frozen=True, eq=False)
class TemperatureTuner:
    """Temperature scaling: by likelihood, whatever the metric, since it moves no prediction."""

    logits: NDArray[np.floating]
    labels: IntArray

    def tune(self, rows: IntArray, metric: str, bounds: Bounds) -> Tuned:
        """The temperature of largest likelihood."""
        return Tuned({"temperature": fit_temperature(self.logits, self.labels, rows)})


def make_tuner(
    name: AdjusterName,
    logits: NDArray[np.floating],
    labels: IntArray,
    setup: Setup,
    bounds: Bounds,
) -> Tuner:
    """Make the tuner of an adjuster: one pass over the logits, or one a gamma for vector scaling.

    Parameters
    ----------
    name : str
    logits : (N, K) float32 or float64 array
    labels : (N,) int64 array
    setup : Setup
    bounds : (low, high)
        Widest bounds that `Tuner.tune` will be asked for.

    Raises
    ------
    UserError
        If something the adjuster needs is missing or does not fit, the bounds are not increasing,
        or the 1vs1adjuster would take too long.
    """
    check_setup(setup)
    bounds = checked_bounds(bounds)
    if name == "raw":
        return FixedTuner(_constant_path(logits, labels, setup, bounds))
    if name == "temperature":
        return TemperatureTuner(logits, labels)
    if name == "vs":
        return VectorTuner(_vector_paths(logits, labels, setup, bounds))
    if name == "1vs1" and len(labels) * len(setup.groups) ** 2 > MOST_DUELS:
        most = MOST_DUELS // len(setup.groups) ** 2
        raise UserError(
            f"1vs1adjuster on {len(labels):,} samples of {len(setup.groups):,} classes needs more "
            f"than {MOST_DUELS:,} duels: give at most {most:,} samples."
        )
    path = exact_path(
        logits,
        labels,
        setup.class_counts,
        name,
        center=setup.center,
        bounds=bounds,
        groups=setup.groups,
        target_prior=setup.target_prior,
        weight_norms=setup.weight_norms,
        bias=setup.bias,
        weights=setup.weights,
        feature_norms=setup.feature_norms,
        ties=setup.ties,
    )
    return PathTuner("gamma" if name in ("mla", "1vs1") else "tau", path)


def _constant_path(
    logits: NDArray[np.floating], labels: IntArray, setup: Setup, bounds: Bounds
) -> ParameterPath:
    """The path of raw logits: right everywhere or nowhere."""
    blocks = row_blocks(labels.size, logits.shape[1])
    right = np.concatenate([logits[rows].argmax(axis=1) == labels[rows] for rows in blocks])
    sample = np.flatnonzero(right)
    low, high = np.full(sample.size, bounds[0]), np.full(sample.size, bounds[1])
    return ParameterPath(labels, setup.groups, bounds, sample, low, high)


def duel_rows(num_classes: int) -> int:
    """How many samples the 1vs1adjuster can take, 0 if there are too many classes for it."""
    return MOST_DUELS // num_classes**2 if num_classes <= MOST_DUEL_CLASSES else 0


def _vector_paths(
    logits: NDArray[np.floating], labels: IntArray, setup: Setup, bounds: Bounds
) -> tuple[ParameterPath, ...]:
    """The exact path of tau at each gamma."""
    slopes = np.log(np.asarray(setup.class_counts, dtype=np.float64))
    paths = []
    for gamma in VECTOR_GAMMAS:
        scale = multiplicative_scale(setup.class_counts, gamma)
        low, high = correct_intervals(
            logits,
            labels,
            slopes,
            additive=True,
            bounds=bounds,
            prepare=lambda z, a=scale: (center_rows(z) if setup.center else z) * a,  # type: ignore[misc]
        )
        found = np.flatnonzero(low <= high)
        paths.append(ParameterPath(labels, setup.groups, bounds, found, low[found], high[found]))
    return tuple(paths)
