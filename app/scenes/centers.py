"""What the player shows of a multi-center model: features among their centers, in exact views.

A frame of F centers and K class vectors needs F + K dimensions. Each view is an orthogonal
projection onto three of them, chosen so that what it is about lies in them exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.centers import CentersSpec, Expected, Model, expected, model_of
from app.centers.metrics import unit_rows
from app.runs import Snapshot
from app.scenes.film import GRAMS, MAX_GRAM_CLASSES, Curve, Drawn, Frames, flat, framed
from app.theory import CenterFrame

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

PLOTS = ("Distance to the mean direction (NC)", "Loss; cosines and distances")
MATRICES = ("On mean directions", "Means H Hᵀ", "Scores W₀ Hᵀ")


@dataclass(frozen=True, eq=False)
class CenterView:
    """Three orthonormal axes.

    Attributes
    ----------
    name : str
        A few words.
    axes : (d, 3) array
        Zero where there are fewer than three to show.
    axis_names : tuple of three str or None
        None where there is no axis; "" where it needs no name.
    words : str
        What is exact in it.
    only : int or None
        The class that is shown, if not all are.
    """

    name: str
    axes: Array
    axis_names: tuple[str | None, ...]
    words: str
    only: int | None = None


def center_views(frame: CenterFrame, looked: int) -> tuple[CenterView, ...]:
    """Return the views of a frame: one class, mean directions, class vectors.

    Parameters
    ----------
    frame : CenterFrame
    looked : int
        The class of the first view.
    """
    return _class_view(frame, looked), mean_view(frame), _vector_view(frame)


def shown_classes(frame: CenterFrame) -> IntArray:
    """Return the classes that have an axis: all of up to three, else first, middle and last."""
    K = frame.num_classes
    return np.arange(K) if K <= 3 else np.array([0, K // 2, K - 1])


def _projected(frame: CenterFrame) -> str:
    """What to say of views of more classes than axes."""
    return " Projected onto three of the classes." if frame.num_classes > 3 else ""


def mean_view(frame: CenterFrame) -> CenterView:
    """Return axes along the mean directions, where features collapse to the tips."""
    classes = shown_classes(frame)
    words = (
        "Axes: mean direction of each class's centers, where features collapse to the tips. All "
        "centers of a class are at one point." + _projected(frame)
    )
    # The class's number stands at the tip already.
    names = [""] * len(classes)
    return _view("Mean directions", frame.directions[classes], names, words)


def _vector_view(frame: CenterFrame) -> CenterView:
    """Axes along the class vectors, where rule RCR compares coordinates."""
    classes = shown_classes(frame)
    words = (
        "Axes: class vectors; rule RCR compares these coordinates alone. Features end at cos rho, "
        "all centers of a class are at sin theta." + _projected(frame)
    )
    names = [f"w{k + 1}" for k in classes]
    return _view("Class vectors", frame.classifier[classes], names, words)


def _view(name: str, rows: Array, names: list[str], words: str) -> CenterView:
    axes = np.zeros((rows.shape[1], 3))
    axes[:, : len(rows)] = rows.T
    missing = (None,) * (3 - len(rows))
    return CenterView(name, axes, (*names, *missing), words)


def _class_view(frame: CenterFrame, k: int) -> CenterView:
    """Class vector and arms of one class; the mean lies in the first two axes if f_k > 2."""
    w, arms = frame.classifier[k], frame.arms[frame.owners == k]
    f, number = len(arms), k + 1
    axes = np.zeros((frame.dim, 3))
    axes[:, 0] = w
    if f <= 2:
        axes[:, 1 : 1 + f] = arms.T
        names = (f"w{number}", "v₁", "v₂" if f == 2 else None)
        words = (
            f"Axes: class vector and arms of class {number}. Its centers lie at theta above the "
            "arms, its features end at their mean."
        )
    else:
        axes[:, 1] = arms.sum(axis=0) / np.sqrt(f)
        axes[:, 2] = (arms[0] - arms[1]) / np.sqrt(2)
        names = (f"w{number}", "Σv", "v₁−v₂")
        words = (
            f"Axes: vector of class {number}, sum of its {f} arms, difference of two. The mean "
            "lies in the first two, at rho from the class vector."
        )
    return CenterView(f"Class {number}", axes, names, words, only=k)


@dataclass(frozen=True, eq=False)
class CentersFilm:
    """Everything the player needs besides the frames; see `app.scenes.film.Film`.

    Attributes
    ----------
    id : str
    model : Model
    end : Expected
        Where theory says that training ends; drawn dashed.
    views : tuple of CenterView
    planned_steps : int
    point_labels : (P,) int array
    """

    id: str
    model: Model
    end: Expected
    views: tuple[CenterView, ...]
    planned_steps: int
    point_labels: IntArray

    @property
    def class_names(self) -> tuple[str, ...]:
        """Numbers from 1."""
        return tuple(str(k + 1) for k in range(self.model.num_classes))

    @property
    def grams(self) -> bool:
        """Whether frames hold the matrices."""
        return self.model.num_classes <= MAX_GRAM_CLASSES

    @property
    def curves(self) -> tuple[Curve, ...]:
        """NC above; loss, variability and the distance to the nearest center below."""
        levels = {name: value for name, value in self.end.levels.items() if value > 1e-12}
        return (
            Curve("nc_ave", "mean NC", 0, levels.get("nc_ave"), told=True),
            Curve("nc_head", "largest class", 0),
            Curve("nc_tail", "smallest class", 0),
            Curve("objective", "loss", 1, levels.get("objective"), told=True),
            Curve("variability", "variability", 1, levels.get("variability"), told=True),
            Curve("center_distance", "to nearest center", 1, levels.get("center_distance")),
        )

    @cached_property
    def axes(self) -> Array:
        """Those of all views side by side, (d, 9)."""
        return np.concatenate([view.axes for view in self.views], axis=1)

    @property
    def landmarks(self) -> tuple[Array, IntArray]:
        """Centers on the axes of all views, (F, 9), and their classes."""
        frame = self.model.frame
        return self._seen(frame.centers, frame.owners), frame.owners

    @property
    def targets(self) -> Array:
        """Where the features of each class end, (K, d); the mean direction if at several points."""
        found, lengths = self.end.directions, self.end.feature_lengths
        if found is None:
            return self.model.frame.directions
        return found if lengths is None else found * (lengths * self._unit)[:, None]

    @property
    def _unit(self) -> float:
        """What makes the longest features of loss P of length 1 in the end."""
        lengths = self.end.feature_lengths
        return 1.0 if lengths is None else 1.0 / (float(lengths.max()) or 1.0)

    @property
    def backdrop(self) -> Drawn:
        """Theory as a frame has it, flat; points are where those of their classes end."""
        return self._geometry(self.targets, self.targets[self.point_labels])

    def frames(self, snapshots: Sequence[Snapshot]) -> Frames:
        """Return at least one snapshot as it is shown."""
        return framed(self.curves, snapshots, [self._drawn(s) for s in snapshots])

    def _drawn(self, snapshot: Snapshot) -> Drawn:
        features = np.asarray(snapshot.arrays["features"], float)
        # Lengths matter to loss P; the others are of directions, which are what is shown of them.
        directed = self.end.feature_lengths is None
        points = unit_rows(features) if directed else features * self._unit
        name, scale = ("unit_means", 1.0) if directed else ("means", self._unit)
        means = np.asarray(snapshot.arrays[name], float) * scale
        return self._geometry(means, points)

    def _geometry(self, means: Array, points: Array) -> Drawn:
        frame = self.model.frame
        classes = np.arange(self.model.num_classes)
        parts = {
            "means": self._seen(means, classes),
            "classifier": self._seen(frame.classifier, classes),
            "points": self._seen(points, self.point_labels),
        }
        if self.grams:
            grams = means @ frame.directions.T, means @ means.T, frame.classifier @ means.T
            parts |= dict(zip(GRAMS, grams, strict=True))
        return flat(parts)

    def _seen(self, rows: Array, classes: IntArray) -> Array:
        """Rows (P, d) on the axes of all views, (P, 9); NaN where a view leaves their class out."""
        places = rows @ self.axes
        for number, view in enumerate(self.views):
            if view.only is not None:
                places[classes != view.only, 3 * number : 3 * number + 3] = np.nan
        return np.asarray(places)


def centers_film(spec: CentersSpec, first: Snapshot, looked: int) -> CentersFilm:
    """Return the film of a run.

    Parameters
    ----------
    spec : CentersSpec
    first : Snapshot
        For the classes of the features that are kept.
    looked : int
        Class of the second view.
    """
    model = model_of(spec)
    return CentersFilm(
        id=f"{spec.id}-{looked}",
        model=model,
        end=expected(model),
        views=center_views(model.frame, looked),
        planned_steps=spec.steps,
        point_labels=np.asarray(first.arrays["feature_labels"], np.int64),
    )
