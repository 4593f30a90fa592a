"""Training a model as soon as the page asks for it."""

import streamlit as st

from app.centers import CentersSpec, run
from app.runs import Job, Run, Snapshot
from app.runs.replay import snapshots_of
from app.ui.centers.words import PAGE
from app.ui.jobs import runner
from app.ui.jobs import store as run_store

_JOB = f"{PAGE}:job"
ACTIVE = ("queued", "running")
# Numbers times steps that are trained without being asked for: some seconds.
_UNASKED = 6e8
# Most models are trained within it, and are there when the page is drawn for the first time.
_FIRST_LOOK_SECONDS = 1.0


def current_job(spec: CentersSpec) -> Job | None:
    """Return this session's job if it is of this model; a job of another model is left."""
    held: tuple[CentersSpec, Job] | None = st.session_state.get(_JOB)
    if held is None:
        return None
    if held[0] == spec:
        return held[1]
    held[1].stop()
    del st.session_state[_JOB]
    return None


def start(spec: CentersSpec) -> None:
    """Train a model, or join those who do."""
    st.session_state[_JOB] = (spec, runner().submit(spec, run))


def ensured(spec: CentersSpec) -> tuple[Job | None, list[Snapshot], Run | None]:
    """Return the job, the snapshots so far and the run if it has ended; start what is quick."""
    job, kept = current_job(spec), run_store()
    if job is None and spec.id in kept:
        found = kept.load(spec.id)
        return None, snapshots_of(found), found
    if job is None and spec.num_samples * (spec.dim or spec.needed_dim) * spec.steps <= _UNASKED:
        start(spec)
        job = current_job(spec)
        assert job is not None
        job.wait(_FIRST_LOOK_SECONDS)
    return (None, [], None) if job is None else (job, job.snapshots_since(-1), job.run)
