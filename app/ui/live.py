"""The live boundary picture: sliders and canvases that move without the server."""

import hashlib
import json
from functools import cache, lru_cache
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.errors import UserError
from app.figures.palette import class_colors
from app.scenes import Scene
from app.scenes.base import REFERENCE_COUNT, Array, logit_step
from app.theory import matched_gamma, weight_angles
from app.ui.bundle import style
from app.ui.live_state import RULES, LiveState, read_state, slider
from app.ui.modules import loader
from app.ui.packing import in_steps

# Points are sent as whole multiples of 1 / GRAIN.
GRAIN = 1000


@cache
def _component() -> ComponentRenderer:
    """Register the component once."""
    return st.components.v2.component(
        "live_boundaries",
        html='<div class="live"></div>',
        css=style("live_boundaries.css"),
        js=loader("live_boundaries.js"),
    )


def live_boundaries(
    scene: Scene,
    state: LiveState,
    key: str,
    *,
    large: bool = False,
    autoplay: str | None = None,
    controls: tuple[str, ...] | None = None,
) -> LiveState:
    """Draw the picture and return its settings: those just committed in it, else `state`.

    Dragging a slider never reaches the server; releasing it commits once, which runs the
    fragment around this call once.

    Parameters
    ----------
    scene : Scene
        Classifier and points, within the bounds of `Scene.check`.
    state : LiveState
        Settings to show. The page keeps what is returned and passes it the next time.
    key : str
        Tells pictures apart; one key is good for any scene.
    large : bool
        Type for a projector, and nothing but sliders and pictures.
    autoplay : str, optional
        Slider that moves by itself once, until touched; not where motion is unwanted.
    controls : tuple of str, optional
        Sliders shown, if not all that the scene has.

    Raises
    ------
    UserError
        If the scene does not fit together or is too much to draw.
    """
    scene.check()
    shown = tuple(name for name in scene.controls if controls is None or name in controls)
    if autoplay is not None and autoplay not in shown:
        raise UserError(f"autoplay must be one of {', '.join(shown)}, got {autoplay!r}.")
    fresh = f"{key}:committed"
    if fresh in st.session_state:
        state = read_state(st.session_state.pop(fresh), state)
    state = fitting(state, scene.shown)
    data = {
        "scene": scene_data(scene),
        "state": state.model_dump(mode="json"),
        "controls": [slider(name) for name in shown],
        "rules": list(RULES),
        "colors": class_colors(scene.num_classes),
        "large": large,
        "autoplay": autoplay,
    }

    def keep() -> None:
        """Remember that this value is new: the component's own state only tells the latest."""
        st.session_state[fresh] = st.session_state[key]["state"]

    _component()(key=key, data=data, default={"state": data["state"]}, on_state_change=keep)
    return state


def fitting(state: LiveState, shown: list[int]) -> LiveState:
    """Return the settings with a pair of two different classes of those shown."""
    first = state.first if state.first in shown else shown[0]
    second = state.second if state.second in shown else shown[-1]
    if first == second:
        second = shown[-1] if first != shown[-1] else shown[0]
    if (first, second) == (state.first, state.second):
        return state
    return LiveState(**(state.model_dump() | {"first": first, "second": second}))


@lru_cache(maxsize=64)
def scene_data(scene: Scene) -> dict[str, str]:
    """Return a scene as the browser reads it: JSON of plain lists, matrices row after row.

    It is text already, so that a commit neither walks nor writes its numbers again; the browser
    reads it where the id is another than that of the scene it has.
    """
    vectors = scene.vectors
    data: dict[str, Any] = {
        "names": list(scene.class_names),
        "grid": _listed(scene.log_ratios),
        "weights": [_listed(table) for table in scene.weights],
        "bias": [_listed(table) for table in scene.bias],
        "means": [_listed(table) for table in scene.means],
        "points": np.rint(scene.points * GRAIN).astype(int).ravel().tolist(),
        "grain": GRAIN,
        "labels": scene.labels.tolist(),
        "window": list(scene.window),
        "head": scene.head_count,
        "reference": REFERENCE_COUNT,
        "many": scene.many,
        "few": scene.few,
        "match": matched_gamma(1.0, scene.num_classes) if scene.num_classes > 2 else None,
        "fixed": scene.fixed,
        "logits": None
        if scene.logits is None
        else in_steps(scene.logits.ravel(), logit_step(scene.logits)),
        "counts": None if scene.counts is None else scene.counts.tolist(),
        "angles": None if vectors is None else _listed(weight_angles(vectors)),
        "norms": None if vectors is None else _listed(np.linalg.norm(vectors, axis=1)),
        "ownBias": None if scene.own_bias is None else _listed(scene.own_bias),
    }
    text = json.dumps(data, sort_keys=True, allow_nan=False)
    return {"id": f"{scene.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}", "text": text}


# How a scene is known to what is kept of it.
BY_ID = {Scene: lambda scene: scene_data(scene)["id"]}


def _listed(values: Array) -> list[float]:
    return [float(v) for v in np.round(values, 15).ravel().tolist()]
