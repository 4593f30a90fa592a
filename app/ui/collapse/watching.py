"""The picture while a model trains, fed as it goes on, and after."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from app.runs import Job, Run, Snapshot
from app.runs.replay import snapshots_of
from app.scenes.film import Film, film_of
from app.ui.collapse.optimum import optimum
from app.ui.collapse.pictures import draw_take_away
from app.ui.collapse.reference import reference_of
from app.ui.collapse.results import draw_results
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.training import draw_buttons, draw_progress, recorded, refusal, starts
from app.ui.collapse.words import PAGE
from app.ui.errors import guarded
from app.ui.header import teaching
from app.ui.held import ACTIVE, UPDATE_SECONDS, held
from app.ui.once import origin_of
from app.ui.player import feed, player
from app.ui.run_code import step_shown
from app.ui.specs import close_spec
from app.ui.text import plain

KEY = f"{PAGE}:player"


def watch(spec: CollapseSpec) -> None:
    """Draw buttons, picture and results of the model that the settings ask for."""
    found = held(PAGE, spec.model())
    before, run = phase(found.job), found.run
    snapshots = recorded(found)
    draw_buttons(found)
    if reason := refusal():
        st.error(plain(reason))
    status = st.container()
    last = _draw_picture(spec, snapshots, partial(recorded, found), run)
    if found.job is not None:
        with status:
            _follow(spec, found.job, before, last)
    if run is None and found.job is None:
        run = optimum(found.spec)
    if run is not None and before != "active":
        reference = reference_of(spec)
        draw_take_away(run, reference, KEY, step_shown(spec.shown, snapshots))
        draw_results(spec, run, reference)


def _follow(spec: CollapseSpec, job: Job, before: str, sent: int) -> None:
    """Tell how far the run is and feed the picture, by itself while something happens.

    ``before`` is the phase that the page has been drawn for: the run may have ended since.
    """

    def draw() -> None:
        nonlocal sent
        with guarded():
            if phase(job) != before:
                st.rerun()  # the rest of the page changes too
            draw_progress(job)
            fresh = job.snapshots_since(sent)
            if not fresh:
                return
            if sent < 0:
                st.rerun()  # there is something to show at last
            feed(_film(spec, fresh), fresh, f"{PAGE}:feed", after=sent)
            sent = fresh[-1].step

    st.fragment(draw, run_every=UPDATE_SECONDS if before == "active" else None)()


def phase(job: Job | None) -> str:
    """What the page around the picture depends on."""
    state = "none" if job is None else job.state
    return "active" if state in ACTIVE else state


def _draw_picture(
    spec: CollapseSpec,
    snapshots: list[Snapshot],
    all_now: Callable[[], list[Snapshot]],
    run: Run | None,
) -> int:
    """Draw what there is; return the last step drawn, -1 if nothing has been trained."""
    best = optimum(spec.model())
    film = _film(spec, snapshots)
    if snapshots:
        _play(spec, film, all_now, run)
        return snapshots[-1].step
    if best is None:
        st.info("Not trained yet; as a decay is zero there is no optimum to show before.")
    else:
        st.caption("Not trained yet: this is where it should end, the optimum over the prediction.")
        _play(spec, film, partial(snapshots_of, best), best)
    return -1


@st.fragment
def _play(
    spec: CollapseSpec, film: Film, all_now: Callable[[], list[Snapshot]], run: Run | None
) -> None:
    """Draw the player with all there are whenever it runs: it asks when it has missed some."""
    with guarded():
        shown = player(
            film,
            all_now(),
            KEY,
            of=None if run is None else origin_of(run),
            shown=spec.shown,
            done=run is not None,
            large=teaching(),
        )
        if shown != spec.shown:
            close_spec(spec, PAGE, {"shown": shown})
            st.rerun()


def _film(spec: CollapseSpec, snapshots: list[Snapshot]) -> Film:
    """The film of the run, or a still one of the optimum if there is no run yet."""
    model = spec.model()
    reference, against, _ = reference_of(spec)
    film = film_of(model, reference, against, optimum(model), snapshots[0] if snapshots else None)
    return replace(film, id=f"{film.id}-{starts() if snapshots else 'optimum'}")
