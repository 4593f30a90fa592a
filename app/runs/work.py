"""One computation and those who watch it; the bookkeeping of `app.runs.runner`, without threads.

Everyone who asks for the same spec watches the same computation. A watcher pauses, steps and
stops its own view; the computation goes on while somebody's view is not exhausted, rests while
all views are, and ends when nobody watches any more.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from time import monotonic
from typing import Any, Literal

from app.runs.origin import provenance
from app.runs.record import Recorder
from app.runs.run import Run, Snapshot
from app.spec import Spec

Engine = Callable[[Any], Iterator[Snapshot]]
State = Literal["queued", "running", "paused", "done", "stopped", "failed"]

PATIENCE_SECONDS = 10.0
"""Time without a sign of life after which a watcher is gone; a hidden browser tab still wakes
every second for some minutes."""


class Place(Enum):
    """Where a computation is."""

    QUEUE = "waits for a worker"
    WORKER = "is computed"
    PARKED = "waits until somebody wants more"
    ENDED = "has ended"


@dataclass(eq=False)
class Watch:
    """A watcher: of which session, how many snapshots it wants, when it was last seen alive."""

    session: str = ""
    limit: float = math.inf
    seen: float = field(default_factory=monotonic)

    @property
    def alive(self) -> bool:
        """Whether it still gives signs of life."""
        return monotonic() - self.seen < PATIENCE_SECONDS


@dataclass(eq=False)
class Work:
    """A computation.

    Attributes
    ----------
    spec : Spec
    engine : callable
        Spec to iterator of snapshots.
    total : int or None
        Steps in all, where they are known.
    origin : mapping of str to str
        What to note in the run's provenance.
    place : Place
    outcome : "done", "stopped" or "failed"
        How it ended; meaningless before.
    problem : str or None
        What went wrong, in a sentence.
    run : Run or None
        The result, if it is done.
    """

    spec: Spec
    engine: Engine
    total: int | None
    origin: Mapping[str, str]
    place: Place = Place.PARKED
    outcome: State = "stopped"
    problem: str | None = None
    run: Run | None = None
    watches: list[Watch] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)
    # Time spent computing, in all and up to the first snapshot, which may include compilation.
    seconds: float = 0.0
    _first: tuple[float, int] | None = None
    _snapshots: Iterator[Snapshot] | None = None

    @property
    def started(self) -> bool:
        """Whether computing has begun."""
        return self._snapshots is not None or self.place is Place.WORKER

    @property
    def watched(self) -> bool:
        """Whether anybody gives signs of life."""
        return any(watch.alive for watch in self.watches)

    @property
    def sessions(self) -> set[str]:
        """Those who watch."""
        return {watch.session for watch in self.watches if watch.alive}

    @property
    def wanted(self) -> bool:
        """Whether anybody wants to see more snapshots than there are."""
        return any(w.alive and w.limit > self.recorder.count for w in self.watches)

    def advance(self) -> Snapshot | None:
        """Compute the next snapshot; None at the end. For one thread at a time."""
        began = monotonic()
        try:
            if self._snapshots is None:
                self._snapshots = iter(self.engine(self.spec))
            return next(self._snapshots, None)
        finally:
            self.seconds += monotonic() - began

    def add(self, snapshot: Snapshot) -> None:
        """Take the snapshot that was computed."""
        self.recorder.add(snapshot)
        if self._first is None:
            self._first = self.seconds, snapshot.step

    def end(self, outcome: State, run: Run | None, problem: str | None = None) -> None:
        """Note how it ended and let go of the engine."""
        self.place, self.outcome, self.run, self.problem = Place.ENDED, outcome, run, problem
        self._snapshots = None

    def assemble(self, *, complete: bool, limit: float = math.inf) -> Run | None:
        """Make a run of the first ``limit`` snapshots."""
        origin = {**provenance(self.seconds, complete=complete), **self.origin}
        return self.recorder.run(self.spec, origin, limit)

    def seconds_left(self) -> float | None:
        """Time until the end at the pace since the first snapshot; None while unknown."""
        latest = self.recorder.snapshots()[-1:]
        if self.total is None or self._first is None or latest[0].step <= self._first[1]:
            return None
        since, first = self._first
        pace = (self.seconds - since) / (latest[0].step - first)
        return max(0.0, pace * (self.total - latest[0].step))
