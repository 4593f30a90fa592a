"""Tune gamma: logits in, the exact best parameter with its uncertainty out."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.adjust.compare import Comparison, Line
from app.tune import TuneSpec
from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.specs import close_spec, current_spec, open_spec
from app.ui.tune.data import Chosen, choose_data, presets
from app.ui.tune.welcome import draw_welcome
from app.ui.tune.words import ADJUSTER_WORDS, PAGE


def draw(chosen: Chosen, spec: TuneSpec) -> None:
    # Imported here: without data the page shows only the drop zone, and is there at once.
    from app.ui.tune.curve import curve_controls
    from app.ui.tune.glance import draw_glance, draw_name
    from app.ui.tune.results import compare, lines, remarks
    from app.ui.tune.settings import draw_settings, fitting

    spec = fitting(spec, chosen.upload)
    draw_name(chosen.upload)
    glance = st.container()
    if not teaching():
        spec = close_spec(spec, PAGE, draw_settings(spec, chosen.upload))
    work = compare(chosen, spec)
    names = tuple(name for name in spec.adjusters if work.available(name))
    if not teaching() and names:
        spec = close_spec(spec, PAGE, curve_controls(spec, names))
    curve, found = st.container(), []
    with st.empty():
        for line in lines(chosen, spec, names):
            found.append(line)
            if len(found) <= len(names):
                st.caption(f"Tuning {ADJUSTER_WORDS[names[len(found) - 1]]} …")
            else:
                st.caption("")
            if len(found) == 1 and not teaching():
                with glance:
                    draw_glance(chosen, spec, line, work.setup.groups, remarks(chosen, spec))
    draw_chosen(chosen, work, found, curve)


@st.fragment
def draw_chosen(chosen: Chosen, work: Comparison, found: list[Line], curve: DeltaGenerator) -> None:
    """What a parameter chosen with the slider changes: its release runs this alone."""
    from app.ui.tune.curve import draw_curve
    from app.ui.tune.gains import draw_gains
    from app.ui.tune.live import chosen_value
    from app.ui.tune.results import by_hand
    from app.ui.tune.table import draw_table
    from app.ui.tune.take_home import draw_take_home

    with guarded():
        spec = current_spec(TuneSpec, PAGE)
        focus = next((line for line in found if line.name == spec.focus), None)
        with curve:
            spec = close_spec(spec, PAGE, chosen_value(spec, tuple(line.name for line in found)))
            own = None if focus is None else by_hand(chosen, spec, work, focus)
            protocol = work.protocol("raw", spec.judge, spec.folds, spec.seed)
            draw_curve(chosen, spec, work, found, own, protocol, large=teaching())
        draw_table(spec, found, own, protocol)
        if focus is not None and not teaching():
            draw_gains(chosen, spec, work, found[0], own or focus)
            draw_take_home(chosen.upload, spec, work, found, focus, own, protocol)
    # Its link holds the chosen value.
    share(place, current_spec(TuneSpec, PAGE), PAGE)


place = header(
    "Tune gamma",
    "Drop the logits of a classifier trained on imbalanced data: get the exact best adjustment, "
    "how sure it is, who wins and who loses, and the code.",
)
with guarded():
    spec = open_spec(TuneSpec, PAGE, presets())
    shared = False
    with guarded():
        chosen = choose_data(spec, hidden=teaching())
        if chosen is not None:
            draw(chosen, spec)
            shared = True
        else:
            draw_welcome()
    if not shared:
        share(place, current_spec(TuneSpec, PAGE), PAGE)
