"""Training of a multi-center model, as a stream of snapshots."""

import heapq
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.centers.metrics import center_metrics, class_cosines, class_means, unit_rows
from app.centers.model import Model, model_of, start_of
from app.centers.objective import curvature, value_and_gradient
from app.centers.spec import CentersSpec
from app.runs import Snapshot
from app.ufm.schedule import recorded_steps

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Features that are kept, and numbers of them.
MAX_SHOWN, MAX_SHOWN_NUMBERS = 200, 15_000
# Steps between two signs of life: some 50 ms at 20 ns a number.
_BEAT_NUMBERS = 2_500_000
# Beyond it training has diverged; its square still is a number in single precision.
_LARGEST = 1e15


def run(spec: CentersSpec) -> Iterator[Snapshot]:
    """Train by gradient descent and yield snapshots on the way.

    Each feature descends on its own loss, as it does on the mean loss at N times the rate; in a
    fixed frame no sample feels another. The rate is the inverse of `curvature` if none is given.
    A run that diverges at a given rate ends before its last step, with its last finite state.
    """
    model = model_of(spec)
    return train(model, start_of(spec, model), spec.steps, spec.learning_rate)


def train(
    model: Model, start: Matrix, steps: int, learning_rate: float | None = None
) -> Iterator[Snapshot]:
    """Train from given features (N, d); see `run`."""
    X, lengths = start.copy(), np.ones(model.num_classes)
    shown = shown_rows(model.counts, model.frame.dim)
    rate = learning_rate or 1 / curvature(model, X, lengths)
    step = 0
    for target in _stops(model, steps):
        # What diverges overflows between two looks.
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(target - step):
                if model.learned and learning_rate is None:
                    rate = 1 / curvature(model, X, lengths)
                _, gradient, slopes = value_and_gradient(model, X, lengths)
                X -= rate * gradient
                lengths = lengths - rate * slopes
        step = target
        if not np.abs(X).max() < _LARGEST:
            return
        yield _look(model, step, X, lengths, shown)


def shown_rows(counts: IntArray, dim: int) -> IntArray:
    """Return the samples that are kept, ascending: the first of each class, none left out."""
    room = max(len(counts), min(MAX_SHOWN, MAX_SHOWN_NUMBERS // dim))
    quota = next(q for q in range(room, 0, -1) if np.minimum(counts, q).sum() <= room)
    kept = np.minimum(counts, quota)
    starts = np.cumsum(counts) - counts
    return np.concatenate([np.arange(a, a + q) for a, q in zip(starts, kept, strict=True)])


def _stops(model: Model, steps: int) -> Iterator[int]:
    """Steps at which a snapshot is due: the recorded ones, and signs of life between."""
    numbers = len(model.labels) * model.frame.dim
    beat = max(4, _BEAT_NUMBERS // numbers)
    due = heapq.merge(recorded_steps(steps), range(0, steps, beat))
    return (step for step, _ in groupby(due))


def _look(model: Model, step: int, X: Matrix, lengths: Array, shown: IntArray) -> Snapshot:
    value, gradient, slopes = value_and_gradient(model, X, lengths)
    square = np.vdot(gradient, gradient) + np.vdot(slopes, slopes)
    metrics = {"objective": value, "gradient_norm": float(np.sqrt(square))}
    arrays: dict[str, NDArray[Any]] = {
        "features": X[shown],
        "feature_labels": model.labels[shown],
        "means": class_means(model, X),
        "unit_means": class_means(model, unit_rows(X)),
        "class_cosines": class_cosines(model, X),
        "lengths": lengths.copy(),
    }
    return Snapshot(step, arrays, metrics | center_metrics(model, X))
