"""What a session holds of a computation that it asked for, perhaps together with others."""

import math
from collections.abc import Callable
from threading import Condition
from time import monotonic

from app.runs.run import Run, Snapshot
from app.runs.work import PATIENCE_SECONDS, Place, State, Watch, Work


class Job:
    """One session's view of a computation.

    Sessions that ask for the same spec share the computation, and each has a view of its own:
    `pause`, `step` and `stop` hold the caller's view, never that of others. The computation
    itself rests when every view is paused and ends when all have stopped. Looking at any
    attribute is a sign of life; a session that gives none for ten seconds counts as gone.

    Made by `app.runs.Runner.submit`. Safe for use by several threads.
    """

    def __init__(
        self,
        work: Work,
        watch: Watch,
        changed: Condition,
        wake: Callable[[Work], None],
        position: Callable[[Work], int],
    ) -> None:
        self._work = work
        self._watch = watch
        self._changed = changed
        self._wake = wake
        self._position = position
        self._partial: Run | None = None
        self._stopped = False

    @property
    def state(self) -> State:
        """Where this view is: queued, running, paused, done, stopped or failed."""
        with self._looking():
            return self._state()

    @property
    def position(self) -> int:
        """Place in the queue, from 1; 0 once computing has begun."""
        with self._looking():
            return 0 if self._work.started else self._position(self._work)

    @property
    def progress(self) -> float:
        """Share of the steps in view, from 0 to 1; 0 until the end if their number is unknown."""
        with self._looking():
            if self._state() == "done":
                return 1.0
            latest, total = self._snapshots()[-1:], self._work.total
            return min(1.0, latest[0].step / total) if latest and total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated time of computing until the end; None while nothing is known."""
        with self._looking():
            return 0.0 if self._ended() else self._work.seconds_left()

    @property
    def problem(self) -> str | None:
        """What went wrong, in one sentence: why it failed, or why the result was not stored."""
        with self._looking():
            return self._work.problem if self._ended() and not self._stopped else None

    @property
    def run(self) -> Run | None:
        """The result; of what was stopped or failed the part up to there, if there is any."""
        with self._looking():
            state = self._state()
            if self._partial is None and state in ("stopped", "failed"):
                self._partial = self._work.assemble(complete=False, limit=self._watch.limit)
            return self._work.run if state == "done" else self._partial

    def snapshots_since(self, step: int = -1) -> list[Snapshot]:
        """Return the snapshots in view that have a later step.

        Long trajectories are thinned, but always hold the first and the latest snapshot.
        """
        with self._looking():
            return [snapshot for snapshot in self._snapshots() if snapshot.step > step]

    def pause(self) -> None:
        """Show no more snapshots than there are now."""
        with self._looking():
            self._show(self._in_view())

    def step(self) -> None:
        """Show one more snapshot, then pause."""
        with self._looking():
            self._show(self._in_view() + 1)

    def resume(self) -> None:
        """Show everything again."""
        with self._looking():
            self._show(math.inf)

    def stop(self) -> None:
        """Leave for good, keeping as `run` what was in view."""
        with self._looking():
            if self._stopped or self._ended():
                return
            self._watch.limit = self._in_view()
            # Now, before others' view of the computation thins out what this one has seen.
            self._partial = self._work.assemble(complete=False, limit=self._watch.limit)
            self._stopped = True
            self._work.watches.remove(self._watch)
            self._wake(self._work)

    def wait(self, timeout: float | None = None) -> State:
        """Watch until the computation has ended or this view has come to rest; return the state.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.
        """
        deadline = math.inf if timeout is None else monotonic() + timeout
        with self._looking():
            while self._state() in ("queued", "running") and monotonic() < deadline:
                self._changed.wait(min(PATIENCE_SECONDS / 4, deadline - monotonic()))
                self._watch.seen = monotonic()
            return self._state()

    def _looking(self) -> Condition:
        self._watch.seen = monotonic()
        return self._changed

    def _show(self, limit: float) -> None:
        if not self._stopped:
            self._watch.limit = limit
            self._wake(self._work)

    def _in_view(self) -> float:
        """Number of snapshots in view, thinned ones included."""
        return min(self._watch.limit, self._work.recorder.count)

    def _snapshots(self) -> list[Snapshot]:
        return self._work.recorder.snapshots(self._watch.limit)

    def _ended(self) -> bool:
        """Whether the computation has ended and this view has seen all of it."""
        over = self._work.place is Place.ENDED
        return over and self._watch.limit >= self._work.recorder.count

    def _state(self) -> State:
        if self._stopped:
            return "stopped"
        if self._ended():
            return self._work.outcome
        if self._watch.limit <= self._work.recorder.count:
            return "paused"
        return "running" if self._work.started else "queued"
