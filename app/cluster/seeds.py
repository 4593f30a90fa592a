"""A comparison of re-training methods as one comparison for each seed, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.probe.methods import METHODS
from app.probe.spec import ProbeSpec
from app.runs import Snapshot

# What does not depend on the seed, and the curves, whose axes are (T, C, S, Q); all other arrays
# are by (M, S, ...) or (C, S, ...).
_SHARED = frozenset({"counts", "history/step"})
_CURVES = "history/"


def of_one_seed(spec: ProbeSpec) -> list[ProbeSpec]:
    """Return the comparisons of one seed that make up a comparison, or it alone.

    Heads with a gate are rounded differently when other seeds are trained beside them, so a
    comparison that has one stays together.
    """
    if any(METHODS[name].head == "gated" for name in spec.methods):
        return [spec]
    return [spec.model_copy(update={"seed": seed, "seeds": 1}) for seed in spec.all_seeds]


def joined(parts: Sequence[Iterator[Snapshot]]) -> Iterator[Snapshot]:
    """Snapshots of a comparison from those of its parts, in step; see `app.probe.run`."""
    for snapshots in zip(*parts, strict=True):
        yield replace(
            snapshots[0],
            arrays=_arrays([snapshot.arrays for snapshot in snapshots]),
            metrics=_metrics([snapshot.metrics for snapshot in snapshots]),
        )


def _arrays(parts: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {
        name: first if name in _SHARED else _along_seeds(name, [part[name] for part in parts])
        for name, first in parts[0].items()
    }


def _along_seeds(name: str, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(arrays, axis=2 if name.startswith(_CURVES) else 1)


def _metrics(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means over seeds; the epoch is the same for all."""
    values = np.array([list(part.values()) for part in parts])
    means = dict(zip(parts[0], values.mean(axis=0).tolist(), strict=True))
    return means | {"epoch": parts[0]["epoch"]}
