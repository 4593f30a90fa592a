"""Minority collapse: the phase diagram over imbalance and decay, cell by cell."""

import streamlit as st

from app.ui.errors import guarded
from app.ui.glossary import defined
from app.ui.header import header, share, teaching
from app.ui.minority.controls import draw_controls
from app.ui.minority.picture import clicked
from app.ui.minority.presets import draw_presets, words_of
from app.ui.minority.spec import MinoritySpec
from app.ui.minority.watching import watch
from app.ui.minority.words import PAGE
from app.ui.specs import close_spec, current_spec, open_spec

place = header(
    "Minority collapse",
    "From which imbalance and decay on are rare classes no longer told apart? Every cell is a "
    "model solved with its certificate; the lines are what theory predicts.",
)
with guarded():
    spec = close_spec(open_spec(MinoritySpec, PAGE), PAGE, clicked())
    with guarded():
        if teaching():
            body = st.container()
        else:
            draw_presets(spec.sweep())
            side, body = st.columns([1, 3.2], gap="medium")
            with side:
                spec = close_spec(spec, PAGE, draw_controls(spec))
        with body:
            if words := words_of(spec.sweep()):
                st.markdown(defined(words))
            watch(spec)
    share(place, current_spec(MinoritySpec, PAGE), PAGE)
