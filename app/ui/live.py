"""The live boundary picture: sliders and canvases that move without the server."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.errors import UserError
from app.figures.palette import class_colors
from app.scenes import Scene
from app.scenes.base import REFERENCE_COUNT
from app.ui.live_state import RULES, LiveState, read_state, slider

ASSETS = Path(__file__).resolve().parents[2] / "assets"

# Points are sent as whole multiples of 1 / GRAIN.
GRAIN = 1000
DIGITS = 6


@cache
def _component() -> ComponentRenderer:
    """Register the component once. The two files of script are one module in the browser."""
    parts = ("live_rules.js", "live_boundaries.js")
    return st.components.v2.component(
        "live_boundaries",
        html='<div class="live"></div>',
        css=(ASSETS / "live_boundaries.css").read_text(),
        js="\n".join((ASSETS / part).read_text() for part in parts),
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
        Classifier and points, at most 12 classes and 4000 points.
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
    state = fitting(state, scene.num_classes)
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


def fitting(state: LiveState, num_classes: int) -> LiveState:
    """Return the settings with a pair of different classes that exist."""
    first = min(state.first, num_classes - 1)
    second = min(state.second, num_classes - 1)
    if first == second:
        second = num_classes - 1 if first == 0 else 0
    if (first, second) == (state.first, state.second):
        return state
    return LiveState(**(state.model_dump() | {"first": first, "second": second}))


def scene_data(scene: Scene) -> dict[str, Any]:
    """Return a scene as the browser reads it: plain lists, matrices row after row."""
    data: dict[str, Any] = {
        "names": list(scene.class_names),
        "grid": _plain(scene.log_ratios),
        "weights": [_plain(table) for table in scene.weights],
        "bias": [_plain(table) for table in scene.bias],
        "means": [_plain(table) for table in scene.means],
        "points": np.rint(scene.points * GRAIN).astype(int).ravel().tolist(),
        "grain": GRAIN,
        "labels": scene.labels.tolist(),
        "window": list(scene.window),
        "head": scene.head_count,
        "reference": REFERENCE_COUNT,
        "fixed": scene.fixed,
        "logits": None if scene.logits is None else _plain(scene.logits, 4),
        "counts": None if scene.counts is None else scene.counts.tolist(),
        "angles": None if scene.angles is None else _plain(scene.angles, 15),
        "norms": None if scene.norms is None else _plain(scene.norms, 15),
    }
    return data | {"id": f"{scene.name}-{hash_of(data)}"}


def hash_of(data: dict[str, Any]) -> str:
    """Return a short name of the content, by which the browser knows a scene again."""
    import hashlib
    import json

    text = json.dumps(data, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _plain(values: np.ndarray, digits: int = 15) -> list[float]:
    return [float(v) for v in np.round(values, digits).ravel().tolist()]
