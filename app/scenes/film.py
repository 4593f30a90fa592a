"""What the player shows of a training run: rows of numbers, one a snapshot.

The geometry of every snapshot is turned onto that of the prediction (orthogonal Procrustes), since
the objective does not change when classifier and features are rotated together. So what is
predicted stands still and what is trained falls into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.runs import Run, Snapshot
from app.ufm import UFMSpec
from app.ufm.prediction import Prediction
from app.ufm.view import View, principal_axes, project, turn_onto

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Against = Literal["theory", "optimum"]

# Matrices of more classes are drawn when the run has ended, not in every frame.
MAX_GRAM_CLASSES = 24
MAX_POINTS = 300

PLOTS = ("Objective", "Distance from prediction; gradient")
MATRICES = {"classifier": "W Wᵀ", "means": "H Hᵀ", "logits": "W Hᵀ"}
# What frames hold of each, beside the places of class vectors and means.
GRAMS = ("classifier_gram", "means_gram", "logits")

Drawn = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Curve:
    """A metric drawn over the steps.

    Attributes
    ----------
    metric : str
    title : str
    plot : int
        Which of the film's plots it is drawn in.
    level : float or None
        Where it ends at the optimum, dashed.
    told : bool
        Whether its value is written beside the slider.
    """

    metric: str
    title: str
    plot: int
    level: float | None = None
    told: bool = False


@dataclass(frozen=True, eq=False)
class Frames:
    """T snapshots as the player shows them.

    Attributes
    ----------
    values : (T, C) array
        Metrics of the curves, which are read as numbers; NaN where there is none.
    drawn : dict of str to (T, n) array
        What is only drawn: `means` and `classifier`, and `points` if there are any, on the axes of
        all views; `GRAMS` if the film has them. What is not finite is left out.
    """

    values: NDArray[np.float32]
    drawn: Drawn


@dataclass(frozen=True, eq=False)
class Film:
    """Everything the player needs besides the frames.

    Attributes
    ----------
    id : str
        Frames belong together if their film's id is equal.
    class_names : tuple of K str
    curves : tuple of Curve
    reference : Prediction
        What is drawn behind, and onto which snapshots are turned.
    planned_steps : int
    point_labels : (P,) int array
        Classes of the features drawn as points.
    """

    id: str
    class_names: tuple[str, ...]
    curves: tuple[Curve, ...]
    reference: Prediction
    planned_steps: int
    point_labels: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The reference on the three axes that keep most of it, and on three fair to all classes.

        Only the first if it is exact.
        """
        W, M = self.reference.classifier, self.reference.means
        first = project(W, M)
        return (first,) if first.exact else (first, project(W, M, fair_axes(W, M)))

    @cached_property
    def axes(self) -> Array:
        """Those of all views side by side, (r, 3 or 6), each scaled to be filled by the reference.

        In every view the longest mean of the reference has length 1 if its longest does.
        """
        means = self.reference.means
        fill = [_longest(means) / _longest(view.means) for view in self.views]
        pairs = zip(self.views, fill, strict=True)
        return np.concatenate([view.axes * scale for view, scale in pairs], axis=1)

    @property
    def grams(self) -> bool:
        """Whether frames hold the Gram matrices."""
        return len(self.class_names) <= MAX_GRAM_CLASSES

    @property
    def backdrop(self) -> Drawn:
        """The reference as a frame has it, flat; points are at the means of their classes."""
        W, M = self.reference.classifier, self.reference.means
        return self._geometry(W, M, M[self.point_labels])

    def frames(self, snapshots: Sequence[Snapshot]) -> Frames:
        """Return at least one snapshot as it is shown."""
        # What diverges becomes infinite, which the player leaves out.
        with np.errstate(over="ignore", invalid="ignore"):
            return framed(self.curves, snapshots, [self._drawn(s) for s in snapshots])

    def _drawn(self, snapshot: Snapshot) -> Drawn:
        arrays, P = snapshot.arrays, len(self.point_labels)
        points = arrays["features" if P else "means"][:P]
        return self._geometry(arrays["classifier"], arrays["means"], points)

    def _geometry(self, W: Array, M: Array, points: Array) -> Drawn:
        turn = turn_onto(W, M, self.reference.classifier, self.reference.means) @ self.axes
        longest = _longest(M)
        places = {"means": M / longest, "classifier": W / _longest(W), "points": points / longest}
        parts = {name: rows @ turn for name, rows in places.items()}
        if self.grams:
            parts |= dict(zip(GRAMS, normalized_grams(W, M), strict=True))
        return flat(parts)


def flat(parts: dict[str, Array]) -> Drawn:
    """Return what there is as one row each, of single precision."""
    return {name: part.ravel().astype(np.float32) for name, part in parts.items() if part.size}


def framed(curves: Sequence[Curve], snapshots: Sequence[Snapshot], drawn: list[Drawn]) -> Frames:
    """Return the frames of snapshots of which each is drawn as given."""
    values = [[s.metrics.get(curve.metric, np.nan) for curve in curves] for s in snapshots]
    rows = {name: np.stack([part[name] for part in drawn]) for name in drawn[0]}
    return Frames(np.array(values, np.float32).reshape(len(snapshots), len(curves)), rows)


def film_of(
    model: UFMSpec,
    reference: Prediction,
    against: Against,
    optimum: Run | None,
    first: Snapshot | None,
) -> Film:
    """Return the film of any run of a model.

    Parameters
    ----------
    model : UFMSpec
    reference : Prediction
    against : {"theory", "optimum"}
        Which distances in the metrics are those from the reference.
    optimum : Run or None
        For the levels of the curves.
    first : Snapshot, optional
        For the classes of the features, where they are trained one by one.
    """
    least = None if optimum is None else optimum.metrics["objective"]
    curves = [
        Curve("objective", "objective", 0, least, told=True),
        Curve("lower_bound", "lower bound", 0),
        Curve("gap", "certified gap", 0, told=True),
    ]
    for name, title in MATRICES.items():
        level = None
        if optimum is not None and against == "theory":
            level = optimum_distance(optimum, reference, name)
        curves.append(Curve(f"{against}_{name}", title, 1, level, told=True))
    curves.append(Curve("gradient_norm", "gradient", 1))
    labels = np.empty(0, np.int64)
    if model.per_sample and first is not None and "feature_labels" in first.arrays:
        curves.append(Curve("nc1", "NC1", 1))
        labels = np.asarray(first.arrays["feature_labels"], np.int64)[:MAX_POINTS]
    return Film(
        id=f"{model.id}-{against}-{len(labels)}",
        class_names=tuple(str(k + 1) for k in range(model.num_classes)),
        curves=tuple(curves),
        reference=reference,
        planned_steps=model.steps,
        point_labels=labels,
    )


def optimum_distance(optimum: Run, reference: Prediction, matrix: str) -> float:
    """Return how far a matrix of the optimum is from the prediction, both of norm 1."""
    place = list(MATRICES).index(matrix)
    W, M = (np.asarray(optimum.arrays[name]) for name in ("classifier", "means"))
    found = normalized_grams(W, M)[place]
    expected = normalized_grams(reference.classifier, reference.means)[place]
    return float(np.linalg.norm(found - expected))


def normalized_grams(W: Array, M: Array) -> list[Array]:
    """Return W W^T, M M^T and W M^T, (K, K) each, of Frobenius norm 1 (zero stays zero)."""
    products = (W @ W.T, M @ M.T, W @ M.T)
    return [product / (np.linalg.norm(product) or 1.0) for product in products]


def fair_axes(classifier: Array, means: Array) -> Array:
    """Return three orthonormal directions (r, 3) in which every class is seen.

    Class vectors and means of length 1 are added up with the weights of the lowest harmonics
    over the classes, so that classes of a simplex ETF lie evenly around the origin. Where all
    classes weigh alike, the axes of most variance show an arbitrary few of them.
    """
    size = len(classifier)
    turns = 2 * np.pi * np.arange(size) / size
    weights = np.stack([np.cos(turns), np.sin(turns), np.cos(2 * turns)], axis=1)
    units = [block / np.maximum(_norms(block), 1e-300)[:, None] for block in (classifier, means)]
    # For few classes harmonics coincide: what is missing comes from the axes of most variance.
    wanted = np.concatenate(
        [(units[0] + units[1]).T @ weights, principal_axes(classifier, means)], 1
    )
    return _first_independent(wanted)


def _first_independent(columns: Array) -> Array:
    """The first three directions, made orthonormal, that columns (r, c) add to those before."""
    found = np.empty((len(columns), 0))
    for column in columns.T:
        rest = column - found @ (found.T @ column)
        if found.shape[1] < 3 and np.linalg.norm(rest) > 1e-6 * (np.linalg.norm(column) or 1.0):
            found = np.column_stack([found, rest / np.linalg.norm(rest)])
    return np.pad(found, ((0, 0), (0, 3 - found.shape[1])))


def _norms(rows: Array) -> Array:
    return np.asarray(np.linalg.norm(rows, axis=1))


def _longest(rows: Array) -> float:
    return float(_norms(rows).max()) or 1.0
