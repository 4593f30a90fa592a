"""Linear probe: every method of classifier re-training on real long-tailed features, live."""

import streamlit as st

from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.probe.controls import draw_controls
from app.ui.probe.data import data_of, known_data
from app.ui.probe.noted import noted
from app.ui.probe.presets import draw_presets
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.watching import watch
from app.ui.probe.words import PAGE
from app.ui.specs import close_spec, current_spec, open_spec

place = header(
    "Linear probe",
    "Keep the features, train the last layer again: every method on the same real long-tailed "
    "data, under one stated protocol.",
)
with guarded():
    spec = close_spec(open_spec(ProbePageSpec, PAGE), PAGE, noted())
    spec = known_data(spec)
    with guarded():
        data = data_of(spec)
        if teaching():
            body = st.container()
        else:
            draw_presets(spec)
            side, body = st.columns([1, 3.2], gap="medium")
            with side:
                spec = close_spec(spec, PAGE, draw_controls(spec, data))
        with body:
            watch(spec, data)
    share(place, current_spec(ProbePageSpec, PAGE), PAGE)
