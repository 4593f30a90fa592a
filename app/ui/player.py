"""The player of a training run: fills in while it trains, is scrubbed and replayed afterwards."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from app.figures.palette import class_colors
from app.scenes.film import Film

ASSETS = Path(__file__).resolve().parents[2] / "assets"

CURVE_COLORS = ("#4477aa", "#cc6677", "#228833", "#aa3377", "#997700")


@dataclass(frozen=True)
class Played:
    """What the viewer did: the step chosen, None for the last one."""

    step: int | None


@cache
def _component() -> ComponentRenderer:
    """Register the component once. The two files of script are one module in the browser."""
    parts = ("player_draw.js", "player.js")
    return st.components.v2.component(
        "player",
        html='<div class="player"></div>',
        css=(ASSETS / "player.css").read_text(),
        js="\n".join((ASSETS / part).read_text() for part in parts),
    )


def player(
    film: Film,
    steps: Sequence[int],
    frames: NDArray[np.float32],
    key: str,
    *,
    first: int = 0,
    shown: int | None = None,
    done: bool = True,
    large: bool = False,
) -> int | None:
    """Draw frames of a film and return the step that is shown, None for the last.

    Frames are sent once: while a run goes on, pass the new ones and `first`. Frames that the
    browser missed are in ``missing_from(key)`` on the next run of the script.

    Parameters
    ----------
    film : Film
        What does not change while it runs.
    steps : sequence of n int
        Training step of each frame given.
    frames : (n, film.width) float32 array
    key : str
    first : int
        Number of the first frame given, within the film.
    shown : int, optional
        Training step to show first; None follows the newest.
    done : bool
        Whether the run has ended.
    large : bool
        Type for a projector.
    """
    data = _still(film) | {
        "first": first,
        "steps": list(map(int, steps)),
        "frames": _packed(frames),
        "shown": shown,
        "done": done,
        "large": large,
    }
    state = st.session_state

    def keep() -> None:
        """Remember the step just chosen; it belongs to one film."""
        value = state[key]["shown"]
        if value["id"] == film.id:
            state[f"{key}:chosen"] = value["step"]

    _component()(
        key=key, data=data, on_shown_change=keep, on_missing_change=lambda: _note_missing(key)
    )
    return state.pop(f"{key}:chosen", shown)  # type: ignore[no-any-return]


def missing_from(key: str) -> int | None:
    """The first frame that the browser asks for again, once."""
    return st.session_state.pop(f"{key}:missing", None)


def _note_missing(key: str) -> None:
    st.session_state[f"{key}:missing"] = int(st.session_state[key]["missing"])


def _still(film: Film) -> dict[str, Any]:
    """What of a film does not change while it runs."""
    curves = [
        {
            "title": curve.title,
            "plot": curve.plot,
            "level": curve.level,
            "told": curve.told,
            "color": CURVE_COLORS[number % len(CURVE_COLORS)],
        }
        for number, curve in enumerate(film.curves)
    ]
    return {
        "id": film.id,
        "names": list(film.class_names),
        "colors": class_colors(len(film.class_names)),
        "curves": curves,
        "plots": list(film.plots),
        "grams": film.grams,
        "labels": film.point_labels.tolist(),
        "theory": None if film.theory is None else _packed(film.theory),
        "steps_planned": film.planned_steps,
        "words": film.words,
    }


def _packed(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
