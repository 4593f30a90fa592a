"""Presets as pictures: the map each of them leads to, small."""

from functools import cache

import numpy as np
import streamlit as st

from app.figures.phase import map_svg
from app.runs.presets import Preset, presets
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui.minority.spec import from_sweep
from app.ui.minority.words import PAGE, SHOWN_ARRAYS
from app.ui.specs import store, with_values

_CELLS = 9  # of a side of a picture


@cache
def sweep_presets() -> tuple[Preset[SweepSpec], ...]:
    """The presets of this page."""
    return presets(SweepSpec)


@cache
def _picture(spec: SweepSpec, title: str) -> str:
    small = with_values(spec, {"size": _CELLS})
    *_, last = run_sweep(small)
    values = last.arrays[SHOWN_ARRAYS[from_sweep(spec).shows()][0]]
    return map_svg(np.asarray(values), f"Phase diagram: {title}")


def draw_presets(current: SweepSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    with st.container(horizontal=True, gap="small"):
        for preset in sweep_presets():
            with st.container(width=118, gap="small", horizontal_alignment="center"):
                st.image(_picture(preset.spec, preset.title), width=88)
                chosen = st.button(
                    preset.title,
                    key=f"{PAGE}:preset:{preset.name}",
                    help=preset.words,
                    type="primary" if preset.spec == current else "tertiary",
                    width="stretch",
                )
            if chosen:
                store(PAGE, from_sweep(preset.spec))
                st.rerun()


def words_of(current: SweepSpec) -> str:
    """What to see in the preset that is open; empty for other settings."""
    return next((preset.words for preset in sweep_presets() if preset.spec == current), "")
