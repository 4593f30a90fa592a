"""Presets as pictures: the inner products of the centers of their frames."""

from functools import cache

import streamlit as st

from app.centers import CentersSpec, model_of
from app.figures.thumbnail import gram_svg
from app.runs.presets import Preset, presets
from app.ui.centers.spec import from_model
from app.ui.centers.words import PAGE
from app.ui.specs import store

# Cells of a picture; larger frames show as many of their centers.
_CELLS = 24


@cache
def all_presets() -> tuple[Preset[CentersSpec], ...]:
    """Return the presets of the page."""
    return presets(CentersSpec)


@cache
def _picture(preset: Preset[CentersSpec]) -> str:
    centers = model_of(preset.spec).frame.centers
    some = centers[:: max(1, len(centers) // _CELLS)]
    return gram_svg(some @ some.T, f"Gram matrix of the centers: {preset.title}")


def draw_presets(current: CentersSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    with st.container(horizontal=True, gap="xsmall"):
        for preset in all_presets():
            with st.container(width=94, gap=None, horizontal_alignment="center"):
                st.image(_picture(preset), width=76)
                chosen = st.button(
                    preset.title,
                    key=f"{PAGE}:preset:{preset.name}",
                    help=preset.words,
                    type="primary" if preset.spec == current else "tertiary",
                    width="stretch",
                )
            if chosen:
                store(PAGE, from_model(preset.spec))
                st.rerun()
