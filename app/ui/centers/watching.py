"""The picture while a model trains, and after."""

import streamlit as st

from app.centers import CentersSpec
from app.centers import run as train
from app.runs import Job, Run, Snapshot
from app.scenes.centers import MATRICES, PLOTS, CentersFilm, centers_film
from app.scenes.film import MAX_GRAM_CLASSES
from app.ui.centers.pictures import draw_take_away
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.training import training_of
from app.ui.centers.words import PAGE
from app.ui.errors import guarded
from app.ui.header import teaching
from app.ui.held import ACTIVE, UPDATE_SECONDS, Held
from app.ui.once import origin_of
from app.ui.player import Captions, Landmarks, feed, player
from app.ui.run_code import step_shown
from app.ui.specs import close_spec
from app.ui.text import plain

AUTOPLAY_MILLISECONDS = 2500
KEY = f"{PAGE}:player"

_ENDS = {
    "cosine": "the mean direction of the centers",
    "p": "the minimum of loss P",
    "nearest": "the mean direction, for comparison",
    "ce": "simplex ETF",
}


def watch(spec: CentersPageSpec) -> Run | None:
    """Draw the picture and what moves it; return the run once it has ended."""
    found = training_of(spec.model())
    job, snapshots, run = found.job, found.snapshots, found.run
    status = st.container()
    if not snapshots:
        _wait(found)
        return None
    _play(spec, found, run)
    if run is not None:
        step = step_shown(spec.shown, snapshots)
        draw_take_away(_film(spec, snapshots[0]), run, KEY, step)
    if job is not None:
        with status:
            if job.state == "stopped":
                _train_button(found)
            else:
                _follow(spec, found, job, snapshots[-1].step, ended=run is not None)
    if run is not None and snapshots[-1].step < found.spec.steps and run.complete:
        st.warning(
            f"Training diverged after step {snapshots[-1].step:,}, whose state is kept: the "
            "learning rate is too large for this model."
        )
    return run


def _wait(found: Held[CentersSpec]) -> None:
    """Before there is anything to show."""
    if found.job is None:
        st.info("This model takes a while to train, so it does not start by itself.")
        _train_button(found)
        return
    if found.problem:
        st.error(plain(found.problem))
        return
    st.info("Training starts.")
    _restart_when_there(found.job)


def _train_button(found: Held[CentersSpec]) -> None:
    st.button("Train", key=f"{PAGE}:train", on_click=lambda: found.begin(train), type="primary")


@st.fragment(run_every=UPDATE_SECONDS)
def _restart_when_there(job: Job) -> None:
    if job.snapshots_since(-1) or job.state not in ACTIVE:
        st.rerun()


def _follow(
    spec: CentersPageSpec, found: Held[CentersSpec], job: Job, sent: int, *, ended: bool
) -> None:
    """Tell how far the run is and feed the picture, by itself while it trains."""
    if job.problem:
        st.error(plain(job.problem))

    def draw() -> None:
        nonlocal sent
        with guarded():
            if job.state not in ACTIVE:
                st.rerun()  # the rest of the page changes too
            _progress(found, job)
            fresh = job.snapshots_since(sent)
            if fresh:
                feed(_film(spec, fresh[0]), fresh, f"{PAGE}:feed", after=sent)
                sent = fresh[-1].step

    if not ended:
        st.fragment(draw, run_every=UPDATE_SECONDS)()


def _progress(found: Held[CentersSpec], job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.progress, "Training" if job.position == 0 else "Waiting for a worker")
        st.button("Stop", key=f"{PAGE}:stop", on_click=found.halt, help="Keep what there is.")


@st.fragment
def _play(spec: CentersPageSpec, found: Held[CentersSpec], run: Run | None) -> None:
    """Draw the player with all there are whenever it runs: it asks when it has missed some."""
    with guarded():
        snapshots = found.snapshots
        film = _film(spec, snapshots[0])
        shown = player(
            film,
            snapshots,
            KEY,
            of=None if run is None else origin_of(run),
            captions=captions_of(film),
            landmarks=Landmarks(*film.landmarks),
            autoplay=AUTOPLAY_MILLISECONDS,
            shown=spec.shown,
            done=run is not None,
            large=teaching(),
        )
        if shown != spec.shown:
            close_spec(spec, PAGE, {"shown": shown})
            st.rerun()


def _film(spec: CentersPageSpec, first: Snapshot) -> CentersFilm:
    return centers_film(spec.model(), first, spec.looked_class())


def captions_of(film: CentersFilm) -> Captions:
    """What is written around the pictures of a film."""
    drawn = (
        "Dots: features. Discs: their means. Squares: class vectors. Diamonds: centers. "
        f"Dashed: {_ENDS[film.model.loss]}."
    )
    return Captions(
        theory="theory" if film.end.directions is not None else "mean direction",
        plots=PLOTS,
        matrices=(MATRICES[0], MATRICES[1], MATRICES[2]),
        views=tuple(view.name for view in film.views),
        space=tuple(f"{view.words} {drawn}" for view in film.views),
        axes=tuple(view.axis_names for view in film.views),
        grams=f"Matrices of more than {MAX_GRAM_CLASSES} classes are drawn below.",
        scale="Class means of unit features." if film.end.feature_lengths is None else "",
    )
