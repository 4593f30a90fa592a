"""The picture while a model trains, ten times a second, and after."""

from dataclasses import replace

import streamlit as st

from app.runs import Job, Snapshot
from app.runs.replay import snapshots_of
from app.scenes.film import Film, film_of
from app.ui.collapse.optimum import optimum
from app.ui.collapse.reference import reference_of
from app.ui.collapse.results import draw_results
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.training import (
    ACTIVE,
    current_job,
    draw_buttons,
    draw_progress,
    seen,
    starts,
)
from app.ui.collapse.words import PAGE
from app.ui.errors import guarded
from app.ui.header import teaching
from app.ui.player import missing_after, player
from app.ui.specs import close_spec

UPDATE_SECONDS = 0.1
KEY = f"{PAGE}:player"


def watch(spec: CollapseSpec, job: Job | None) -> None:
    """Draw buttons, picture and results of the model that the settings ask for."""
    before = phase(job)
    sent = -1

    def draw() -> None:
        """Runs with the page, and by itself while something happens."""
        nonlocal sent
        now = current_job(spec.model())
        if phase(now) != before:
            st.rerun()  # the rest of the page changes too
        asked = missing_after(KEY)
        with guarded():
            sent = _draw(spec, now, sent if asked is None else asked)

    st.fragment(draw, run_every=UPDATE_SECONDS if before == "active" else None)()
    run = seen(spec.model(), job)[1]
    if run is None and job is None:
        run = optimum(spec.model())
    if run is not None and before != "active":
        draw_results(spec, run, reference_of(spec)[0])


def phase(job: Job | None) -> str:
    """What the page around the picture depends on."""
    state = "none" if job is None else job.state
    return "active" if state in ACTIVE else state


def _draw(spec: CollapseSpec, job: Job | None, sent: int) -> int:
    """Draw, sending what comes after a step; return the last step sent."""
    model = spec.model()
    snapshots, run = seen(model, job)
    draw_buttons(model, job, run is not None)
    if job is not None:
        draw_progress(job)
    best = optimum(model)
    if not snapshots and best is None:
        st.info("Not trained yet; as a decay is zero there is no optimum to show before.")
        return sent
    film = _film(spec, snapshots)
    if not snapshots and best is not None:
        st.caption("Not trained yet: this is where it should end, the optimum over the prediction.")
        snapshots = snapshots_of(best)
    fresh = [snapshot for snapshot in snapshots if snapshot.step > sent]
    shown = player(
        film, fresh, KEY, after=sent, shown=spec.shown, done=run is not None, large=teaching()
    )
    if shown != spec.shown:
        close_spec(spec, PAGE, {"shown": shown})
        st.rerun()
    return snapshots[-1].step


def _film(spec: CollapseSpec, snapshots: list[Snapshot]) -> Film:
    """The film of the run, or a still one of the optimum if there is no run yet."""
    model = spec.model()
    reference, against = reference_of(spec)
    film = film_of(model, reference, against, optimum(model), snapshots[0] if snapshots else None)
    return replace(film, id=f"{film.id}-{starts() if snapshots else 'optimum'}")
