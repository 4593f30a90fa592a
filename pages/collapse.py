"""Collapse, live: train an unconstrained-features model over what theory predicts."""

import streamlit as st

from app.ui.collapse.controls import draw_controls
from app.ui.collapse.presets import draw_presets
from app.ui.collapse.solving import draw_solving
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.watching import watch
from app.ui.collapse.words import AGAINST_WORDS, MODE_WORDS, PAGE
from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.specs import close_spec, control, current_spec, open_spec

place = header(
    "Collapse, live",
    "Train the last layer with free features, and watch neural collapse: class means and "
    "classifier fall into the geometry that theory predicts.",
)
with guarded():
    spec = open_spec(CollapseSpec, PAGE)
    with guarded():
        if teaching():
            body = st.container()
        else:
            draw_presets(spec.model())
            side, body = st.columns([1, 3.2], gap="medium")
            with side:
                mode = control(spec, PAGE, "mode", MODE_WORDS)
                against = control(spec, PAGE, "against", AGAINST_WORDS)
                spec = close_spec(spec, PAGE, {"mode": mode, "against": against})
                spec = close_spec(spec, PAGE, draw_controls(spec))
        with body:
            if spec.mode == "solve":
                draw_solving(spec)
            else:
                watch(spec)
    share(place, current_spec(CollapseSpec, PAGE), PAGE)
