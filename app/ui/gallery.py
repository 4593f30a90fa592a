"""Presets as a row of pictures to click."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import streamlit as st

from app.runs.presets import Preset
from app.spec import Spec
from app.ui.specs import store

S = TypeVar("S", bound=Spec)


def draw_gallery(
    presets: Iterable[Preset[S]],
    picture: Callable[[Preset[S]], str],
    current: S,
    page: str,
    settings: Callable[[S], Spec],
) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings.

    Parameters
    ----------
    presets : iterable of Preset
    picture : callable
        Preset to SVG; called in every rerun, so it should remember.
    current : Spec
        What the page shows now; its preset is marked.
    page : str
    settings : callable
        What is computed to the settings of the page that ask for it.
    """
    with st.container(horizontal=True, gap="xsmall"):
        for preset in presets:
            with st.container(width=94, gap=None, horizontal_alignment="center"):
                st.image(picture(preset), width=76, alt="")
                chosen = st.button(
                    preset.title,
                    key=f"{page}:preset:{preset.name}",
                    help=preset.words,
                    type="primary" if preset.spec == current else "tertiary",
                    width="stretch",
                )
            if chosen:
                store(page, settings(preset.spec))
                st.rerun()
