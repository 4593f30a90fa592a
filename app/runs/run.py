"""What a computation yields: snapshots while it goes, one self-describing run when it ends."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.spec import Spec


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The state of a computation between two of its steps.

    Attributes
    ----------
    step : int
        Steps done so far; larger in every later snapshot.
    arrays : mapping of str to array
        The same names and shapes in every snapshot of a computation. They are kept, so the
        computation does not write to them any more.
    metrics : mapping of str to float
        A value that is not defined is NaN.
    followed : collection of str or None
        Arrays of which a run keeps the trajectory; None for all.
    """

    step: int
    arrays: Mapping[str, NDArray[Any]]
    metrics: Mapping[str, float]
    followed: Collection[str] | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """A finished computation with everything needed to find, check and repeat it.

    Attributes
    ----------
    spec : Spec
        What was asked for; ``spec.id`` names the run.
    arrays : mapping of str to array
        Final arrays have their own names ("classifier"); what was kept on the way, first axis
        time, is "path/<name>", at "path/step"; metrics on the way are "curve/<metric>", at
        "curve/step".
    metrics : mapping of str to float
        Final values.
    provenance : mapping of str to str
        When, how long, on which device, with which versions; "complete" is "no" if the
        computation was stopped or failed on the way.
    """

    spec: Spec
    arrays: Mapping[str, NDArray[Any]]
    metrics: Mapping[str, float]
    provenance: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Name of what was found: equal for the same arrays and metrics, whenever they were."""
        content = hashlib.sha256(f"{self.spec.id} {sorted(self.metrics.items())}".encode())
        for name, values in sorted(self.arrays.items()):
            content.update(f"{name} {values.dtype} {values.shape}".encode())
            content.update(np.ascontiguousarray(values).data)
        return content.hexdigest()[:16]

    @property
    def complete(self) -> bool:
        """Whether the computation came to its end."""
        return self.provenance.get("complete") != "no"
