"""The player of a training run: fills in while it trains, is scrubbed and replayed afterwards."""

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from app.figures.palette import class_colors
from app.runs import Snapshot
from app.scenes.film import MAX_GRAM_CLASSES, PLOTS, Film

ASSETS = Path(__file__).resolve().parents[2] / "assets"

CURVE_FIELDS = ("title", "plot", "level", "told")
CURVE_COLORS = ("#4477aa", "#cc6677", "#228833", "#aa3377", "#997700")


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


@cache
def _feed() -> ComponentRenderer:
    """Register the feed: nothing but a hand-over of frames to the player beside it.

    Streamlit sends a component's script with its data each time; the player's is many times
    the size of a frame.
    """
    return st.components.v2.component(
        "player_feed",
        html="<div></div>",
        js="export default ({ data }) => void window.dispatchEvent("
        "new CustomEvent('player:frames', { detail: data }));",
    )


def feed(film: Film, snapshots: Sequence[Snapshot], key: str, *, after: int) -> None:
    """Send further frames to the player of a film on this page.

    Parameters
    ----------
    film : Film
        The one that `player` shows.
    snapshots : sequence of Snapshot
    key : str
    after : int
        Step of the last snapshot sent before these.
    """
    _feed()(key=key, data={"id": film.id} | _frames(film, snapshots, after))


def player(
    film: Film,
    snapshots: Sequence[Snapshot],
    key: str,
    *,
    shown: int | None = None,
    done: bool = True,
    large: bool = False,
) -> int | None:
    """Draw a film and return the step that is shown, None for the last.

    While a run goes on, `feed` adds to it. Should the browser miss what was fed, it has the script
    run again.

    Parameters
    ----------
    film : Film
        What does not change while it runs.
    snapshots : sequence of Snapshot
        All there are so far.
    key : str
    shown : int, optional
        Training step to show first; None follows the newest.
    done : bool
        Whether the run has ended.
    large : bool
        Type for a projector.
    """
    data = _still(film) | _frames(film, snapshots, -1)
    data |= {"shown": shown, "done": done, "large": large}
    state = st.session_state

    def keep() -> None:
        """Remember the step just chosen; it belongs to one film."""
        value = state[key]["shown"]
        if value["id"] == film.id:
            state[f"{key}:chosen"] = value["step"]

    _component()(key=key, data=data, on_shown_change=keep, on_missing_change=lambda: None)
    chosen: int | None = state.pop(f"{key}:chosen", shown)
    return chosen


def _frames(film: Film, snapshots: Sequence[Snapshot], after: int) -> dict[str, Any]:
    return {
        "after": after,
        "steps": [snapshot.step for snapshot in snapshots],
        "frames": _packed(film.frames(snapshots)),
    }


def _still(film: Film) -> dict[str, Any]:
    """What of a film does not change while it runs."""
    numbers = [0] * len(PLOTS)
    curves = []
    for curve in film.curves:
        color = CURVE_COLORS[numbers[curve.plot] % len(CURVE_COLORS)]
        numbers[curve.plot] += 1
        curves.append({name: getattr(curve, name) for name in CURVE_FIELDS} | {"color": color})
    return {
        "id": film.id,
        "names": list(film.class_names),
        "colors": class_colors(len(film.class_names)),
        "curves": curves,
        "plots": list(PLOTS),
        "grams": film.grams,
        "labels": film.point_labels.tolist(),
        "theory": _packed(film.backdrop),
        "steps_planned": film.planned_steps,
        "words": _words(film),
    }


def _words(film: Film) -> dict[str, Any]:
    """What is written under the pictures."""
    drawn = f"Discs: class means. Squares: class vectors. Dashed: {film.reference.name}."
    kept = [
        f"{drawn} Turned onto it; {'exact' if view.exact else f'keeps {view.share:.0%} of it'}."
        for view in film.views
    ]
    return {
        "theory": film.reference.name,
        "views": ["most variance", "all classes"][: len(film.views)],
        "space": kept,
        "grams": f"Matrices of more than {MAX_GRAM_CLASSES} classes are drawn below.",
        "scale": "Each matrix has norm 1.",
    }


def _packed(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
