"""The controls of /minority: data, model, grid, and what is looked at."""

from typing import Any

import streamlit as st

from app.ui.minority.spec import MinoritySpec
from app.ui.minority.words import FORM_WORDS, PAGE, PROFILE_WORDS, SHOWN_WORDS
from app.ui.specs import control


def draw_controls(spec: MinoritySpec) -> dict[str, Any]:
    """Draw the controls that matter for the settings as they are, and return their values."""
    values: dict[str, Any] = {}

    def draw(name: str, words: dict[Any, str] | None = None) -> Any:
        values[name] = control(spec, PAGE, name, words)
        return values[name]

    draw("shown", SHOWN_WORDS)
    with st.expander("Data", expanded=True):
        for name, words in (("profile", PROFILE_WORDS), ("classes", None)):
            draw(name, words)
        for name in ("minority_fraction", "tail_count"):
            draw(name)
    with st.expander("Model", expanded=True):
        _model(draw)
    with st.expander("Grid", expanded=False):
        for name in ("ratio_low", "ratio_high", "decay_low", "decay_high", "size"):
            draw(name)
    with st.expander("Cell by number", expanded=False):
        draw("row")
        draw("column")
    return values


def _model(draw: Any) -> None:
    loss = draw("loss", FORM_WORDS)
    if loss in ("cdt", "ldt", "vs"):
        draw("gamma")
    if loss in ("la", "vs"):
        draw("tau")
    if loss == "ldam":
        draw("margin")
    for name in ("dim", "relu", "bias"):
        draw(name)
