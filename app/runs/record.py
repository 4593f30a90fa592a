"""Snapshots gathered into a run, in bounded memory however many there are."""

import math
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.runs.origin import provenance
from app.runs.run import Run, Snapshot
from app.spec import Spec

PATH_NUMBERS = 8_000_000
"""Numbers of all trajectories of a run together; stored as float32 they take 32 MB."""
CURVE_POINTS = 4096
"""Points of a metric's curve."""

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """The first and latest of a stream of items and, evenly between, as many as fit.

    Parameters
    ----------
    capacity : int
        Items kept at most, at least 2.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = max(2, capacity)
        self._stride = 1
        self._kept: list[tuple[int, Item]] = []

    def add(self, index: int, item: Item) -> None:
        """Take item number ``index``, counted from 0."""
        if self._kept and self._kept[-1][0] % self._stride:
            self._kept.pop()
        self._kept.append((index, item))
        while len(self._kept) > self._capacity:
            self._stride *= 2
            self._kept = [kept for kept in self._kept if not self._off_stride(kept[0])]

    def _off_stride(self, index: int) -> bool:
        return bool(index % self._stride) and index != self._kept[-1][0]

    def before(self, limit: float) -> list[Item]:
        """Return the kept items whose number is below ``limit``."""
        return [item for index, item in self._kept if index < limit]


class Recorder:
    """Takes snapshots one by one and makes a run of them at any time."""

    def __init__(self) -> None:
        self.count = 0
        self._curve = Thinned[tuple[int, Mapping[str, float]]](CURVE_POINTS)
        self._path: Thinned[Snapshot] | None = None

    def add(self, snapshot: Snapshot) -> None:
        """Take the next snapshot."""
        if self._path is None:
            numbers = sum(array.size for array in snapshot.arrays.values())
            self._path = Thinned(min(CURVE_POINTS, PATH_NUMBERS // max(1, numbers)))
        self._path.add(self.count, snapshot)
        self._curve.add(self.count, (snapshot.step, snapshot.metrics))
        self.count += 1

    def snapshots(self, limit: float = math.inf) -> list[Snapshot]:
        """Return those that are still kept, among the first ``limit``."""
        return [] if self._path is None else self._path.before(limit)

    def run(self, spec: Spec, provenance: Mapping[str, str], limit: float = math.inf) -> Run | None:
        """Return the run up to the last of the first ``limit`` snapshots; None before the first.

        Final arrays keep their type; trajectories become float32, curves are float64.
        """
        path = self.snapshots(limit)
        if not path:
            return None
        arrays = dict(path[-1].arrays) | _trajectories(path) | _curves(self._curve.before(limit))
        return Run(spec, arrays, dict(path[-1].metrics), dict(provenance))


def _trajectories(path: list[Snapshot]) -> dict[str, NDArray[Any]]:
    last = path[-1]
    names = last.arrays if last.followed is None else last.followed
    # What is too large for float32 becomes infinite: a run that diverges passes there.
    with np.errstate(over="ignore"):
        stacked = {
            f"path/{name}": np.stack([snapshot.arrays[name] for snapshot in path]).astype("f4")
            for name in names
        }
    return {"path/step": np.array([snapshot.step for snapshot in path])} | stacked


def _curves(points: list[tuple[int, Mapping[str, float]]]) -> dict[str, NDArray[Any]]:
    names = dict.fromkeys(name for _, metrics in points for name in metrics)
    curves = {
        f"curve/{name}": np.array([metrics.get(name, math.nan) for _, metrics in points], float)
        for name in names
    }
    return {"curve/step": np.array([step for step, _ in points])} | curves


def collect(
    spec: Spec, snapshots: Iterable[Snapshot], origin: Mapping[str, str] | None = None
) -> Run:
    """Compute to the end and return the run.

    Parameters
    ----------
    spec : Spec
    snapshots : iterable of Snapshot
        What an engine yields for the spec, at least one. Trajectories are thinned evenly once
        they hold more than ``PATH_NUMBERS``, curves beyond ``CURVE_POINTS``.
    origin : mapping of str to str, optional
        What to note besides `provenance`, such as the "device".

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        If there is no snapshot.
    """
    began = monotonic()
    recorder = Recorder()
    for snapshot in snapshots:
        recorder.add(snapshot)
    run = recorder.run(spec, {**provenance(monotonic() - began), **(origin or {})})
    if run is None:
        raise ValueError(f"the engine of {type(spec).__name__} must yield at least one snapshot")
    return run
