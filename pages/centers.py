"""Multiple centers: where features go, what more centers buy, what the rules make of it."""

import streamlit as st

from app.ui.centers.code import python_code
from app.ui.centers.controls import draw_controls
from app.ui.centers.noisy import draw_noisy_test
from app.ui.centers.presets import draw_presets
from app.ui.centers.results import (
    draw_findings,
    draw_frame,
    draw_gram,
    draw_margins,
)
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.sweep import draw_sweep
from app.ui.centers.toy import draw_regions, draw_triangle
from app.ui.centers.watching import watch
from app.ui.centers.words import LEAD, PAGE
from app.ui.errors import guarded
from app.ui.hand_over import draw_hand_over
from app.ui.header import header, share, teaching
from app.ui.specs import close_spec, current_spec, open_spec

place = header("Multiple centers", LEAD)
with guarded():
    spec = open_spec(CentersPageSpec, PAGE)
    if teaching():
        body = st.container()
    else:
        draw_presets(spec.model())
        side, body = st.columns([1, 3.2], gap="medium")
        with side:
            spec = close_spec(spec, PAGE, draw_controls(spec))
    run = None
    with body, guarded():
        run = watch(spec)
        if run is not None:
            draw_findings(run)
    if not teaching():
        with guarded():
            st.subheader("The frame", anchor=False)
            draw_frame(spec)
        with guarded():
            st.subheader("Margins: the cosine to the class vector", anchor=False)
            draw_margins(spec, run)
        with guarded():
            st.subheader("A noisy balanced test", anchor=False)
            spec = draw_noisy_test(spec, run)
        with guarded():
            st.subheader("What each rule says where", anchor=False)
            draw_regions(spec)
            draw_triangle()
        with guarded():
            st.subheader("Where multiple centers help, and where not", anchor=False)
            draw_sweep(spec)
        if run is not None:
            with guarded():
                st.subheader("Inner products of centers and features", anchor=False)
                draw_gram(run)
                draw_hand_over(PAGE, spec.model(), run, python_code(spec.model()))
    share(place, current_spec(CentersPageSpec, PAGE), PAGE)
