"""The comparison on the page: drawn while it is computed, then with what it shows."""

import streamlit as st

from app.adjust.metrics import METRICS
from app.cluster import waited_for
from app.data.features import FeatureSet
from app.ui.errors import guarded
from app.ui.glossary import caption
from app.ui.header import teaching
from app.ui.held import UPDATE_SECONDS
from app.ui.probe.curves import draw_curves, draw_lort
from app.ui.probe.feature_map import draw_map
from app.ui.probe.hand_over import draw_ways_on
from app.ui.probe.magnitude import draw_magnitude
from app.ui.probe.quotes import draw_quotes
from app.ui.probe.sensitivity import draw_sensitivity
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.spread import draw_spread
from app.ui.probe.table import draw_partly, draw_table, sentence
from app.ui.probe.training import Comparison, Seen, begin, comparison, seen, training_rows
from app.ui.probe.words import METRIC_WORDS, PAGE
from app.ui.specs import close_spec, control, current_spec
from app.ui.text import plain

# A small comparison takes less: then the page is drawn once, with all of it.
WAIT_SECONDS = 0.4


def watch(spec: ProbePageSpec, data: FeatureSet) -> None:
    """Draw what the comparison that the settings ask for has come to."""
    found = comparison(spec.comparison(), data)
    if found.active and found.job is not None:
        found.job.wait(WAIT_SECONDS)
    if found.active:
        st.fragment(lambda: _draw_partly(spec, data, found), run_every=UPDATE_SECONDS)()
        return
    if found.problem:
        st.error(plain(found.problem))
    known = seen(found)
    if known is not None and known.run is not None:
        _draw_whole(spec, data, found, known)
    elif found.job is None:
        _draw_start(spec, data, found)
    else:
        _draw_again(data, found)


def _draw_start(spec: ProbePageSpec, data: FeatureSet, found: Comparison) -> None:
    st.info(
        f"{len(spec.methods)} methods, {spec.seeds} seeds and {spec.epochs} epochs over "
        f"{training_rows(spec, data):,} rows take a while, so they do not start by themselves."
    )
    st.button("Run", key=f"{PAGE}:run", on_click=begin, args=(found, data), type="primary")


def _draw_again(data: FeatureSet, found: Comparison) -> None:
    st.button("Run again", key=f"{PAGE}:again", on_click=begin, args=(found, data))


def _draw_partly(spec: ProbePageSpec, data: FeatureSet, found: Comparison) -> None:
    """Runs by itself until the comparison has ended."""
    with guarded():
        if not found.active:
            st.rerun()
        job, known = found.job, seen(found)
        assert job is not None
        with st.container(horizontal=True, vertical_alignment="center"):
            left = job.seconds_left
            more = f" · about {left:.0f} s left" if left is not None and left >= 1 else ""
            words = (
                "Training" if known is not None else "Fitting stage 1, tuning what needs no steps"
            )
            waiting = f"Waiting for a worker: number {job.position} in the queue"
            st.progress(job.progress, waiting if job.position else f"{words}{more}{waited_for()}")
            st.button("Stop", key=f"{PAGE}:stop", on_click=found.halt, help="Keep what there is.")
        if known is not None:
            caption(sentence(spec, data, known.arrays["counts"]))
            draw_partly(spec, data, known)
            draw_curves(spec, known)


def _draw_whole(spec: ProbePageSpec, data: FeatureSet, found: Comparison, known: Seen) -> None:
    assert known.run is not None
    if not known.run.complete:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("Stopped on the way: these are the states up to then.")
            _draw_again(data, found)
    caption(sentence(spec, data, known.arrays["counts"]))
    draw_table(spec.comparison(), data, known)
    if teaching():
        draw_curves(spec, known)
        return
    draw_quotes()
    spec = _draw_curves(spec, known)
    if "lort" in spec.methods:
        draw_lort(spec, data, known)
    for draw in (draw_sensitivity, draw_magnitude):
        with guarded():
            draw(spec, known)
    with guarded():
        draw_spread(spec, data, known)
    with guarded():
        draw_map(spec, data, known)
    with guarded():
        draw_ways_on(current_spec(ProbePageSpec, PAGE), data, known)


def _draw_curves(spec: ProbePageSpec, known: Seen) -> ProbePageSpec:
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader("Epoch by epoch", anchor=False)
    with choice:
        look = control(spec, PAGE, "look", dict(METRIC_WORDS), METRICS)
    spec = close_spec(spec, PAGE, {"look": look})
    draw_curves(spec, known)
    caption(
        "Test rows, mean over seeds; marks: the state that is reported; level lines: methods that "
        "take no steps. The first epoch is drawn in detail."
    )
    return spec
