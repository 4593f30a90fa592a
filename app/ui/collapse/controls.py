"""The controls of /collapse in three groups: data, model, training."""

from typing import Any

import streamlit as st

from app.ufm.spec import LOSS_WORDS
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.words import (
    CLASSIFIER_WORDS,
    CONVENTION_WORDS,
    DEVICE_WORDS,
    DTYPE_WORDS,
    OPTIMIZER_WORDS,
    PAGE,
)
from app.ui.profile import draw_counts
from app.ui.specs import control

# Set above the picture where the optimum follows them.
SLIDERS = ("ratio", "weight_decay", "feature_decay")


def draw_controls(spec: CollapseSpec) -> dict[str, Any]:
    """Draw the controls that matter for the settings as they are, and return their values."""
    values: dict[str, Any] = {}

    def draw(name: str, words: dict[Any, str] | None = None) -> Any:
        if spec.mode == "solve" and name in SLIDERS:
            return None
        values[name] = control(spec, PAGE, name, words)
        return values[name]

    with st.expander("Data", expanded=True):
        draw_counts(draw)
    with st.expander("Model", expanded=True):
        _model(draw)
    if spec.mode == "train":
        with st.expander("Training", expanded=False):
            _training(draw)
    return values


def _model(draw: Any) -> None:
    loss = draw("loss", LOSS_WORDS)
    if loss in ("cdt", "ldt", "vs"):
        draw("gamma")
    if loss in ("la", "vs"):
        draw("tau")
    if loss == "focal":
        draw("focusing")
    if loss == "ldam":
        draw("margin")
    draw("dim")
    draw("relu")
    draw("classifier", CLASSIFIER_WORDS)
    draw("weight_decay")
    draw("feature_decay")
    if draw("bias"):
        draw("bias_decay")
    draw("convention", CONVENTION_WORDS)


def _training(draw: Any) -> None:
    optimizer = draw("optimizer", OPTIMIZER_WORDS)
    if optimizer != "lbfgs":
        draw("learning_rate")
    if optimizer in ("momentum", "nesterov"):
        draw("momentum")
    draw("steps")
    draw("init_scale")
    draw("seed")
    draw("per_sample")
    draw("dtype", DTYPE_WORDS)
    draw("device", DEVICE_WORDS)
