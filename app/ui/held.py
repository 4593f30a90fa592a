"""What a session has of a computation: the stored run, or the job that computes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from app.runs import Job, Run, Runner, Snapshot
from app.runs.replay import snapshots_of
from app.spec import Spec
from app.ui.jobs import runner
from app.ui.jobs import store as run_store

S = TypeVar("S", bound=Spec)

ACTIVE = ("queued", "running")
UPDATE_SECONDS = 0.4
"""How often a page asks for what has been computed since.

A player shows what came in between one frame at a time. Twice as often, sixteen sessions that
watch on two slow cores would hold Python's lock for so long that training hardly gets it.
"""


@dataclass(eq=False)
class Held(Generic[S]):
    """A computation of one spec, as one session sees it.

    Attributes
    ----------
    spec : Spec
    job : Job or None
        What computes it; None if it was stored, or was not begun.
    kept : Run or None
        The stored run.
    halted : bool
        Whether the user has ended it, keeping what there was.
    """

    spec: S
    job: Job | None = None
    kept: Run | None = None
    halted: bool = False

    @property
    def active(self) -> bool:
        """Whether it is being computed."""
        return self.job is not None and self.job.state in ACTIVE

    @property
    def missing(self) -> bool:
        """Whether nothing is stored and nothing computes it: it was not begun, or was given up.

        Computing is given up when the session gives no sign of life for a while.
        """
        if self.job is None:
            return self.kept is None
        return self.job.state == "stopped" and not self.halted

    @property
    def problem(self) -> str | None:
        """What went wrong, in one sentence."""
        return None if self.job is None else self.job.problem

    @property
    def run(self) -> Run | None:
        """The run once computing has ended, of what was stopped the part up to there."""
        return self.kept if self.job is None else self.job.run

    @property
    def snapshots(self) -> list[Snapshot]:
        """What there is so far."""
        if self.job is not None:
            return self.job.snapshots_since(-1)
        return [] if self.kept is None else snapshots_of(self.kept)

    def begin(
        self,
        engine: Callable[[S], Iterator[Snapshot]],
        where: Runner | None = None,
        **options: Any,
    ) -> None:
        """Compute, or join those who do; options are those of `Runner.submit`."""
        self.job = (where or runner()).submit(self.spec, engine, **options)
        self.kept, self.halted = None, False

    def halt(self) -> None:
        """End computing and keep what there is."""
        if self.job is not None:
            self.halted = True
            self.job.stop()


def held(page: str, spec: S, *, stored: bool = True) -> Held[S]:
    """Return what this session has of a spec; a computation of another one on the page is left.

    Parameters
    ----------
    page : str
    spec : Spec
    stored : bool
        Whether its run may be in the store.
    """
    found: Held[S] | None = st.session_state.get(_key(page))
    if found is not None and found.spec == spec:
        return found
    forget(page)
    fresh = Held(spec)
    if stored and spec.id in run_store():
        fresh.kept = run_store().load(spec.id)
    st.session_state[_key(page)] = fresh
    return fresh


def forget(page: str) -> None:
    """Leave what the page computes."""
    found: Held[Any] | None = st.session_state.pop(_key(page), None)
    if found is not None and found.job is not None:
        found.job.stop()


def _key(page: str) -> str:
    return f"{page}:held"
