"""The controls of /centers in three groups: data, frame, training."""

from typing import Any

import streamlit as st

from app.centers.spec import LOSS_WORDS, STRATEGY_WORDS
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import FRAME_WORDS, PAGE
from app.ui.profile import draw_counts
from app.ui.specs import control


def draw_controls(spec: CentersPageSpec) -> dict[str, Any]:
    """Draw the controls that matter for the settings as they are, and return their values."""
    values: dict[str, Any] = {}

    def draw(name: str, words: dict[Any, str] | None = None) -> Any:
        values[name] = control(spec, PAGE, name, words)
        return values[name]

    with st.expander("Frame", expanded=True):
        strategy = draw("strategy", STRATEGY_WORDS)
        if strategy != "single":
            draw("mean_centers")
        draw("theta")
        loss = draw("loss", LOSS_WORDS)
        if loss == "p":
            frame = draw("frame", FRAME_WORDS)
            draw("feature_decay")
            if frame == "learned":
                draw("weight_decay")
        else:
            draw("norm_decay")
            # What bounds the lengths of a learned frame is gone with loss P.
            values["frame"] = "fixed"
    with st.expander("Data", expanded=True):
        draw_counts(draw)
    with st.expander("Training", expanded=False):
        for name in ("steps", "learning_rate", "init_scale", "dim", "seed"):
            draw(name)
    draw("looked")
    return values
