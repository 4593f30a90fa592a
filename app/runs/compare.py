"""Whether two computations of the same settings came to the same result."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.runs.replay import finals_of
from app.runs.run import Run


def largest_difference(stored: Run, again: Run) -> tuple[str, float]:
    """Return the name of what differs most between two runs, and by how much.

    Final arrays differ by the norm of the difference over the norm, metrics by the difference
    over 1 plus the value. What only one of the runs has differs by infinity. Trajectories are
    not compared: they depend on rounding where the end does not.
    """
    differences = _each(stored.metrics, again.metrics) | _each(finals_of(stored), finals_of(again))
    name, largest = max(differences.items(), key=lambda item: item[1], default=("nothing", 0.0))
    return (name, largest) if largest else ("nothing", 0.0)


def _each(stored: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: _difference(stored[name], again[name])
        if name in stored and name in again
        else math.inf
        for name in stored.keys() | again.keys()
    }


def _difference(a: Any, b: Any) -> float:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return math.inf
    a, b = np.nan_to_num(a), np.nan_to_num(b)
    distance, size = float(np.linalg.norm(a - b)), float(np.linalg.norm(b))
    scale = 1.0 + size if a.ndim == 0 else size
    if distance == 0.0:
        return 0.0
    return distance / scale if scale else math.inf
