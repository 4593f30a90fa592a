"""Comparisons worth starting from."""

from functools import cache

import streamlit as st

from app.probe import ProbeSpec
from app.runs.presets import Preset, presets
from app.ui.glossary import defined
from app.ui.probe.spec import ProbePageSpec, from_comparison
from app.ui.probe.words import PAGE
from app.ui.specs import store


@cache
def probe_presets() -> tuple[Preset[ProbeSpec], ...]:
    """The presets of this page."""
    return presets(ProbeSpec)


def draw_presets(current: ProbePageSpec) -> None:
    """Draw a row of buttons; a click makes a preset the page's settings."""
    comparison = current.comparison()
    with st.container(horizontal=True, gap="small"):
        for preset in probe_presets():
            chosen = st.button(
                preset.title,
                key=f"{PAGE}:preset:{preset.name}",
                help=preset.words,
                type="primary" if preset.spec == comparison else "tertiary",
            )
            if chosen:
                store(PAGE, from_comparison(preset.spec))
                st.rerun()
    if words := words_of(comparison):
        st.markdown(defined(words))


def words_of(current: ProbeSpec) -> str:
    """What to see in the preset that is open; empty for other settings."""
    return next((preset.words for preset in probe_presets() if preset.spec == current), "")
