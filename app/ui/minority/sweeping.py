"""The sweep behind the page: stored, or being computed."""

from dataclasses import dataclass

import streamlit as st

from app.runs import Job, Run, Snapshot
from app.runs.replay import snapshots_of
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui.jobs import runner
from app.ui.jobs import store as run_store
from app.ui.minority.words import PAGE

_HELD = f"{PAGE}:held"
_ACTIVE = ("queued", "running")


@dataclass(eq=False)
class Held:
    """What a session has of a sweep: the run, or the job that computes it."""

    spec: SweepSpec
    job: Job | None = None
    run: Run | None = None

    @property
    def active(self) -> bool:
        """Whether it is being computed."""
        return self.job is not None and self.job.state in _ACTIVE

    @property
    def problem(self) -> str | None:
        """Why there is no run, in one sentence."""
        return self.job.problem if self.job is not None else None

    def latest(self) -> Snapshot | None:
        """What is known so far."""
        if self.run is None and self.job is not None:
            if self.job.state != "done":
                return next(iter(self.job.snapshots_since(-1)[-1:]), None)
            self.run = self.job.run
        return None if self.run is None else snapshots_of(self.run)[-1]


def held(spec: SweepSpec) -> Held:
    """Return this session's sweep of these settings; computing begins unless it is stored."""
    found: Held | None = st.session_state.get(_HELD)
    if found is not None and found.spec == spec and not _abandoned(found):
        return found
    if found is not None and found.job is not None:
        found.job.stop()
    fresh = Held(spec)
    if spec.id in run_store():
        fresh.run = run_store().load(spec.id)
    else:
        fresh.job = runner().submit(spec, run_sweep)
    st.session_state[_HELD] = fresh
    return fresh


def _abandoned(found: Held) -> bool:
    """Whether computing ended since the page gave no sign of life for a while."""
    return found.job is not None and found.job.state == "stopped"
