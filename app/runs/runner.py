"""The only place with threads: a few workers that compute what sessions ask for.

Workers take turns among sessions, and for each session among what it asked for: who asks for ten
things delays the one thing of another by one turn a worker, not by ten. What several sessions
watch comes at the turn of whichever is first.
"""

import logging
import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from app.errors import UserError
from app.runs.job import Job
from app.runs.run import Run
from app.runs.store import RunStore
from app.runs.work import PATIENCE_SECONDS, Engine, Place, State, Watch, Work
from app.spec import Spec

MAX_WORKS = 64
"""Computations under way at a time, waiting and paused ones included."""

MAX_SESSION_WORKS = 6
"""The same for one session; as many as it can have pages that compute, and one more."""

# Sessions that are remembered for having had a turn.
_MOST_SERVED = 1024
# A worker takes turns among those who wait, so that a long computation does not block short ones.
_TURN_SECONDS = 0.2
_UNWATCHED = (
    f"The run was stopped where it was: no page watched it for {PATIENCE_SECONDS:g} seconds."
)

_log = logging.getLogger(__name__)


class Runner:
    """Computes runs in the background, each spec once however many sessions ask for it.

    Parameters
    ----------
    store : RunStore, optional
        Where complete runs are saved.
    workers : int, optional
        Computations at the same moment; one a core by default.
    session : callable, optional
        Names the session that asks, "" where there is none; called by `submit`. Without it all
        who ask are one session without a limit of its own.
    """

    def __init__(
        self,
        store: RunStore | None = None,
        workers: int | None = None,
        session: Callable[[], str] | None = None,
    ) -> None:
        self._store = store
        self._workers = workers or os.cpu_count() or 1
        self._session = session or str
        # Guards everything below and every `Work`, and tells of each change. Engines and the
        # store are never called while it is held.
        self._changed = Condition()
        self._works: dict[str, Work] = {}
        self._queue: list[Work] = []
        # Sessions by their last turn, the latest last; a session without one comes first.
        self._served: dict[str, int] = {}
        self._turns = 0
        self._threads: list[Thread] = []
        self._closed = False

    def submit(
        self,
        spec: Spec,
        engine: Engine,
        *,
        steps: int | None = None,
        origin: Mapping[str, str] | None = None,
    ) -> Job:
        """Compute a spec, or join those who already watch it being computed.

        Parameters
        ----------
        spec : Spec
        engine : callable
            Spec to iterator of snapshots. Its turns end, and it can be stopped, only between
            two snapshots.
        steps : int, optional
            Steps in all, for the progress; by default the spec's field of that name.
        origin : mapping of str to str, optional
            What to note in the run's provenance, such as the "device".

        Returns
        -------
        Job

        Raises
        ------
        UserError
            If too many computations are under way, of all sessions or of this one.
        """
        session = self._session()
        with self._changed:
            if self._closed:
                raise RuntimeError("the runner is closed")
            self._drop_abandoned()
            work = self._works.get(spec.id)
            if work is None:
                self._check_room(session)
                total = getattr(spec, "steps", None) if steps is None else steps
                work = self._works[spec.id] = Work(spec, engine, total, origin or {})
            watch = Watch(session)
            work.watches.append(watch)
            self._start_threads()
            self._wake(work)
        return Job(work, watch, self._changed, self._wake, self._position)

    def close(self) -> None:
        """Stop computing after the snapshots that are being computed; wait for the workers."""
        with self._changed:
            self._closed = True
            for work in list(self._works.values()):
                if work.place is not Place.WORKER:
                    self._end(work, "stopped")
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # What the threads do.

    def _serve(self) -> None:
        while (work := self._take()) is not None:
            try:
                self._compute(work)
            # Whatever an engine raises must reach those who wait, and not end the worker.
            except BaseException as error:
                problem = _told(work, error)
                with self._changed:
                    self._end(work, "failed", problem=problem)

    def _take(self) -> Work | None:
        """Wait for a computation to work on; None when the runner is closed."""
        with self._changed:
            while not self._closed:
                self._drop_abandoned()
                while self._queue:
                    work = self._line()[0]
                    self._queue.remove(work)
                    work.place = Place.WORKER if work.wanted else Place.PARKED
                    if work.place is Place.WORKER:
                        self._note_turn(work)
                        return work
                self._changed.wait(PATIENCE_SECONDS if self._works else None)
            return None

    def _compute(self, work: Work) -> None:
        """Compute until the end, the end of the turn, or nobody wants more."""
        end_of_turn = monotonic() + _TURN_SECONDS
        while (snapshot := work.advance()) is not None:
            with self._changed:
                work.add(snapshot)
                self._changed.notify_all()
                if self._closed:
                    return self._end(work, "stopped")
                if not work.wanted:
                    work.place = Place.PARKED
                    return None
                if self._queue and monotonic() > end_of_turn:
                    return self._enqueue(work)
        run = work.assemble(complete=True)
        if run is None:
            raise ValueError("the engine yielded no snapshot")
        problem = self._save(run)
        with self._changed:
            return self._end(work, "done", run, problem)

    def _save(self, run: Run) -> str | None:
        """Store a run unless it is there; return what to tell if that fails."""
        if self._store is None:
            return None
        with suppress(UserError):
            self._store.load(run.spec.id)  # not only looked for: its file may be damaged
            return None
        try:
            self._store.save(run)
        except UserError as error:
            return str(error)
        return None

    # What is done with the lock held.

    def _start_threads(self) -> None:
        """Start the workers when there is first something to do."""
        while len(self._threads) < self._workers:
            name = f"runner-{len(self._threads)}"
            # Daemons: the process may end at any moment; the store survives it.
            self._threads.append(Thread(target=self._serve, name=name, daemon=True))
            self._threads[-1].start()

    def _wake(self, work: Work) -> None:
        """Queue a computation that somebody wants more of; end one that nobody watches."""
        if work.place is Place.PARKED and work.wanted:
            self._enqueue(work)
        elif not work.watches and work.place in (Place.PARKED, Place.QUEUE):
            self._end(work, "stopped")
        self._changed.notify_all()

    def _enqueue(self, work: Work) -> None:
        work.place = Place.QUEUE
        self._queue.append(work)

    def _check_room(self, session: str) -> None:
        """Refuse one computation more than is taken."""
        if len(self._works) >= MAX_WORKS:
            raise UserError(
                f"{MAX_WORKS} computations are under way, which is the most this server "
                "takes: try again when one has ended."
            )
        own = sum(session in work.sessions for work in self._works.values()) if session else 0
        if own >= MAX_SESSION_WORKS:
            raise UserError(
                f"{own} computations of yours are under way, which is the most this server takes "
                "of one visitor: stop one, or wait until one has ended."
            )

    def _line(self) -> list[Work]:
        """The queue in the order in which it is taken, as long as nobody comes or goes.

        First what is first in its session's own queue, then what is second, and so on; among
        these who had a turn longest ago.
        """
        ahead: Counter[str] = Counter()
        ranks: dict[int, tuple[int, int]] = {}
        for work in self._queue:
            sessions = work.sessions
            turns = ((ahead[session], self._served.get(session, 0)) for session in sessions)
            ranks[id(work)] = min(turns, default=(0, 0))
            ahead.update(sessions)
        return sorted(self._queue, key=lambda work: ranks[id(work)])

    def _note_turn(self, work: Work) -> None:
        """Put the sessions that watch it behind the others."""
        self._turns += 1
        for session in work.sessions:
            self._served.pop(session, None)
            self._served[session] = self._turns
        while len(self._served) > _MOST_SERVED:
            del self._served[next(iter(self._served))]

    def _position(self, work: Work) -> int:
        return self._line().index(work) + 1 if work in self._queue else 0

    def _drop_abandoned(self) -> None:
        for work in list(self._works.values()):
            if work.place is not Place.WORKER and not work.watched:
                self._end(work, "stopped", problem=_UNWATCHED)

    def _end(
        self, work: Work, outcome: State, run: Run | None = None, problem: str | None = None
    ) -> None:
        if work.place is Place.QUEUE:
            self._queue.remove(work)
        del self._works[work.spec.id]
        work.end(outcome, run, problem)
        self._changed.notify_all()


def _told(work: Work, error: BaseException) -> str:
    """What to tell of a computation that failed; a bug goes to the log under a number."""
    if isinstance(error, UserError):
        return str(error)
    name = secrets.token_hex(4)
    _log.error(
        "Run %s of %s failed (%s)", work.spec.id, type(work.spec).__name__, name, exc_info=error
    )
    return f"Sorry, this run failed. It is a bug; the log has it under {name}."
