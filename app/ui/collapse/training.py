"""Running a model from the page: start, watch, pause, step, stop."""

from typing import Any

import streamlit as st

from app.cluster import clustered, on_gpu_worker
from app.errors import UserError
from app.runs import Job, Snapshot
from app.ufm import UFMSpec
from app.ufm.device import device_of
from app.ufm.schedule import recorded_steps
from app.ui.collapse.words import PAGE
from app.ui.held import ACTIVE, Held, forget, held
from app.ui.text import plain

_STARTS, _REFUSED = f"{PAGE}:starts", f"{PAGE}:refused"


def engine(spec: UFMSpec) -> Any:
    """Train and observe; torch is imported when somebody trains."""
    from app.ufm.observe import observe

    return observe(spec)


def start(model: UFMSpec) -> None:
    """Train a model from the beginning, or join those who do."""
    try:
        there = on_gpu_worker(model)
        origin = {"device": "cuda" if there else device_of(model)}
        held(PAGE, model).begin(clustered(engine) if there else engine, origin=origin)
    except UserError as error:
        # This runs before the page does, which then says it.
        st.session_state[_REFUSED] = str(error)
    else:
        st.session_state[_STARTS] = starts() + 1


def refusal() -> str | None:
    """Why the last start was refused, once."""
    reason: str | None = st.session_state.pop(_REFUSED, None)
    return reason


def starts() -> int:
    """How often this session has started a run, which tells their pictures apart."""
    return int(st.session_state.get(_STARTS, 0))


def recorded(found: Held[UFMSpec]) -> list[Snapshot]:
    """Leave out the signs of life between the steps that are due, but never the last snapshot."""
    snapshots, due = found.snapshots, set(recorded_steps(found.spec.steps))
    return [snapshot for snapshot in snapshots[:-1] if snapshot.step in due] + snapshots[-1:]


def draw_buttons(found: Held[UFMSpec]) -> None:
    """Run, pause, step, stop, reset: each where it can do something."""
    job = found.job
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if job is None or job.state not in (*ACTIVE, "paused"):
            again = "Run" if job is None and found.kept is None else "Run again"
            _button(again, lambda: start(found.spec), "Train.", primary=True)
        else:
            if job.state == "paused":
                _button("Go on", job.resume, "Train on.", primary=True)
            else:
                _button("Pause", job.pause, "Hold the picture.")
            _button("Step", job.step, "One snapshot more.")
            _button("Stop", found.halt, "End here and keep what there is.")
        if job is not None:
            _button("Reset", lambda: forget(PAGE), "Back to before it was run.")


def draw_progress(job: Job) -> None:
    """How far it is, how long it takes, and what went wrong."""
    state, problem = job.state, job.problem
    if problem:
        st.error(plain(problem))
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
