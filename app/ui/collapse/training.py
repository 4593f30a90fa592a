"""Running a model from the page: start, watch, pause, step, stop."""

from typing import Any

import streamlit as st

from app.errors import UserError
from app.runs import Job, Run, Snapshot
from app.runs.replay import snapshots_of
from app.ufm import UFMSpec
from app.ufm.device import device_of
from app.ufm.schedule import recorded_steps
from app.ui.collapse.words import PAGE
from app.ui.jobs import runner
from app.ui.jobs import store as run_store

_JOB, _STARTS, _REFUSED = f"{PAGE}:job", f"{PAGE}:starts", f"{PAGE}:refused"
ACTIVE = ("queued", "running")


def engine(spec: UFMSpec) -> Any:
    """Train and observe; torch is imported when somebody trains."""
    from app.ufm.observe import observe

    return observe(spec)


def current_job(model: UFMSpec) -> Job | None:
    """Return this session's job if it is of this model; a job of another model is left."""
    held: tuple[UFMSpec, Job] | None = st.session_state.get(_JOB)
    if held is None:
        return None
    spec, job = held
    if spec == model:
        return job
    job.stop()
    del st.session_state[_JOB]
    return None


def start(model: UFMSpec) -> None:
    """Train a model from the beginning, or join those who do."""
    try:
        job = runner().submit(model, engine, origin={"device": device_of(model)})
    except UserError as error:
        # This runs before the page does, which then says it.
        st.session_state[_REFUSED] = str(error)
    else:
        st.session_state[_JOB] = (model, job)
        st.session_state[_STARTS] = starts() + 1


def refusal() -> str | None:
    """Why the last start was refused, once."""
    reason: str | None = st.session_state.pop(_REFUSED, None)
    return reason


def starts() -> int:
    """How often this session has started a run, which tells their pictures apart."""
    return int(st.session_state.get(_STARTS, 0))


def reset() -> None:
    """Forget what was trained here."""
    held = st.session_state.pop(_JOB, None)
    if held is not None:
        held[1].stop()


def stored(model: UFMSpec) -> Run | None:
    """The finished run of a model, if one is kept."""
    store = run_store()
    return store.load(model.id) if model.id in store else None


def seen(model: UFMSpec, job: Job | None) -> tuple[list[Snapshot], Run | None]:
    """What there is to show: snapshots so far, and the run if it has ended."""
    if job is not None:
        return recorded(model, job.snapshots_since(-1)), job.run
    run = stored(model)
    return ([], None) if run is None else (recorded(model, snapshots_of(run)), run)


def recorded(model: UFMSpec, snapshots: list[Snapshot]) -> list[Snapshot]:
    """Leave out the signs of life between the steps that are due, but never the last snapshot."""
    due = set(recorded_steps(model.steps))
    return [snapshot for snapshot in snapshots[:-1] if snapshot.step in due] + snapshots[-1:]


def draw_buttons(model: UFMSpec, job: Job | None, has_run: bool) -> None:
    """Run, pause, step, stop, reset: each where it can do something."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if job is None or job.state not in (*ACTIVE, "paused"):
            again = has_run or job is not None
            _button("Run again" if again else "Run", lambda: start(model), "Train.", primary=True)
        else:
            if job.state == "paused":
                _button("Go on", job.resume, "Train on.", primary=True)
            else:
                _button("Pause", job.pause, "Hold the picture.")
            _button("Step", job.step, "One snapshot more.")
            _button("Stop", job.stop, "End here and keep what there is.")
        if job is not None:
            _button("Reset", reset, "Back to before it was run.")


def draw_progress(job: Job) -> None:
    """How far it is, how long it takes, and what went wrong."""
    state, problem = job.state, job.problem
    if problem:
        st.error(problem)
    if state not in (*ACTIVE, "paused"):
        return
    if state == "queued":
        st.progress(0.0, f"Waiting for a worker: number {job.position} in the queue")
        return
    left = job.seconds_left
    words = "Paused" if state == "paused" else "Training"
    if left is not None:
        words += f" · about {left:.0f} s left" if left >= 1 else " · under a second left"
    st.progress(job.progress, words)


def _button(label: str, act: Any, words: str, *, primary: bool = False) -> None:
    st.button(
        label,
        key=f"{PAGE}:{label}",
        on_click=act,
        help=words,
        type="primary" if primary else "secondary",
    )
