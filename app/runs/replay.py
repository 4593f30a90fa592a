"""The snapshots of a finished run, as they were while it was computed."""

import numpy as np

from app.runs.run import Run, Snapshot


def snapshots_of(run: Run) -> list[Snapshot]:
    """Return the snapshots that a run keeps: its trajectories, with the metrics at their steps.

    The last has all final arrays, in their full precision. A run without trajectories, as a
    solved one, is one snapshot.
    """
    if "path/step" not in run.arrays:
        return [Snapshot(0, finals_of(run), run.metrics)]
    steps = np.asarray(run.arrays["path/step"])
    places = np.searchsorted(np.asarray(run.arrays["curve/step"]), steps)
    paths, curves = _under(run, "path/"), _under(run, "curve/")
    found = [
        Snapshot(
            int(step),
            {name: path[number] for name, path in paths.items()},
            {name: float(curve[place]) for name, curve in curves.items()},
        )
        for number, (step, place) in enumerate(zip(steps, places, strict=True))
    ]
    return [*found[:-1], Snapshot(found[-1].step, finals_of(run), run.metrics)]


def finals_of(run: Run) -> dict[str, np.ndarray]:
    """Return the final arrays of a run."""
    kept = ("path/", "curve/")
    return {name: np.asarray(run.arrays[name]) for name in run.arrays if not name.startswith(kept)}


def _under(run: Run, prefix: str) -> dict[str, np.ndarray]:
    """Arrays whose names start with a prefix, without it and without the steps."""
    return {
        name.removeprefix(prefix): np.asarray(run.arrays[name])
        for name in run.arrays
        if name.startswith(prefix) and name != f"{prefix}step"
    }
