"""Presets as pictures: the Gram matrix each of them leads to."""

from functools import cache

import numpy as np
import streamlit as st

from app.figures.thumbnail import gram_svg
from app.runs.presets import Preset, presets
from app.ufm import UFMSpec
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import from_model
from app.ui.collapse.words import PAGE
from app.ui.specs import store


@cache
def _presets() -> tuple[Preset[UFMSpec], ...]:
    return presets(UFMSpec)


@cache
def _picture(preset: Preset[UFMSpec]) -> str:
    found = optimum(preset.spec)
    assert found is not None, f"{preset.name} has no optimum"
    classifier = np.asarray(found.arrays["classifier"])
    return gram_svg(classifier @ classifier.T, f"Gram matrix of the classifier: {preset.title}")


def draw_presets(current: UFMSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    with st.container(horizontal=True, gap="small"):
        for preset in _presets():
            with st.container(width=106, gap=None, horizontal_alignment="center"):
                st.image(_picture(preset), width=84)
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
