"""The player of a training run: fills in while it trains, is scrubbed and replayed afterwards."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from app.figures.palette import class_colors
from app.runs import Snapshot
from app.scenes.film import MATRICES, MAX_GRAM_CLASSES, PLOTS, Curve, Drawn, Film, Frames
from app.ui.bundle import style
from app.ui.modules import loader
from app.ui.once import Origin, once
from app.ui.packing import in_steps, packed

CURVE_FIELDS = ("title", "plot", "level", "told")
CURVE_COLORS = ("#4477aa", "#cc6677", "#228833", "#aa3377", "#997700")


class Filmed(Protocol):
    """What the player asks of a film, as `app.scenes.film.Film` has it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def class_names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def curves(self) -> tuple[Curve, ...]: ...  # noqa: D102
    @property
    def planned_steps(self) -> int: ...  # noqa: D102
    @property
    def point_labels(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def grams(self) -> bool: ...  # noqa: D102
    @property
    def backdrop(self) -> Drawn: ...  # noqa: D102
    def frames(self, snapshots: Sequence[Snapshot]) -> Frames: ...  # noqa: D102


@dataclass(frozen=True)
class Captions:
    """What is written around the pictures of a film.

    Attributes
    ----------
    theory : str
        Of what is drawn dashed.
    plots : tuple of str
        Titles of the plots of curves.
    matrices : tuple of three str
        Names of the matrices.
    views : tuple of str
        Names of the views of the geometry.
    space : tuple of str
        What each view shows.
    axes : tuple of tuples of three str or None
        Names of the axes of each view; None draws no axis, () none at all.
    grams, scale : str
        In the place of matrices of too many classes, and beneath those that are drawn.
    """

    theory: str
    plots: tuple[str, ...]
    matrices: tuple[str, str, str]
    views: tuple[str, ...]
    space: tuple[str, ...]
    axes: tuple[tuple[str | None, ...], ...]
    grams: str
    scale: str


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points of the geometry that never move, such as centers.

    Attributes
    ----------
    places : (L, 3 views) array
    labels : (L,) int array
        Classes.
    """

    places: NDArray[np.float64]
    labels: NDArray[np.int64]


@cache
def _component() -> ComponentRenderer:
    """Register the component once."""
    return st.components.v2.component(
        "player",
        html='<div class="player"></div>',
        css=style("player.css"),
        js=loader("player.js"),
    )


@cache
def _feed() -> ComponentRenderer:
    """Register the feed: nothing but a hand-over of frames to the player beside it.

    Streamlit sends a component's markup and styles with its data each time, and a film's curves
    and theory are no news either. The script is shorter than what would load it.
    """
    return st.components.v2.component(
        "player_feed",
        html="<div></div>",
        js="export default ({ data }) => void window.dispatchEvent("
        "new CustomEvent('player:frames', { detail: data }));",
    )


def feed(film: Filmed, snapshots: Sequence[Snapshot], key: str, *, after: int) -> None:
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
    _feed()(key=key, data={"id": film.id} | frames_data(film, snapshots, after))


def player(
    film: Filmed,
    snapshots: Sequence[Snapshot],
    key: str,
    *,
    of: Origin | None = None,
    captions: Captions | None = None,
    landmarks: Landmarks | None = None,
    autoplay: int = 0,
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
    of : Origin, optional
        The finished run that the snapshots are of: what is sent of it is made once.
    captions : Captions, optional
        For films of another kind than `app.scenes.film.Film`.
    landmarks : Landmarks, optional
    autoplay : int
        Milliseconds in which a film that is whole as soon as it is opened plays by itself, once;
        0 shows its last frame.
    shown : int, optional
        Training step to show first; None follows the newest.
    done : bool
        Whether the run has ended.
    large : bool
        Type for a projector.
    """
    if captions is None:
        assert isinstance(film, Film), "a film of another kind needs captions"
        captions = _captions(film)
    whole = _whole(of, film.id, len(snapshots), film, captions, landmarks, snapshots)
    data = whole | {"shown": shown, "done": done, "large": large, "autoplay": autoplay}
    state = st.session_state

    def keep() -> None:
        """Remember the step just chosen; it belongs to one film."""
        value = state[key]["shown"]
        if value["id"] == film.id:
            state[f"{key}:chosen"] = value["step"]

    _component()(key=key, data=data, on_shown_change=keep, on_missing_change=lambda: None)
    chosen: int | None = state.pop(f"{key}:chosen", shown)
    return chosen


@once
def _whole(
    of: Origin | None,
    film_id: str,
    number: int,
    _film: Filmed,
    _captions: Captions,
    _landmarks: Landmarks | None,
    _snapshots: Sequence[Snapshot],
) -> dict[str, Any]:
    """Return all of a film, whose id and number of snapshots tell it from others of its run."""
    return still_data(_film, _captions, _landmarks) | frames_data(_film, _snapshots, -1)


def frames_data(film: Filmed, snapshots: Sequence[Snapshot], after: int) -> dict[str, Any]:
    """Return frames as they are sent: what is drawn of them as differences from theory.

    So what comes close to it is sent in ever finer steps. What theory has nowhere, as places that
    a view leaves out, is not sent.
    """
    frames, theory = film.frames(snapshots), film.backdrop
    kept = {name: np.isfinite(part) for name, part in theory.items()}
    return {
        "after": after,
        "steps": [snapshot.step for snapshot in snapshots],
        "values": packed(frames.values),
        "drawn": {
            name: in_steps((rows - theory[name])[:, kept[name]])
            for name, rows in frames.drawn.items()
        },
    }


def still_data(film: Filmed, captions: Captions, landmarks: Landmarks | None) -> dict[str, Any]:
    """What of a film does not change while it runs."""
    numbers = [0] * len(captions.plots)
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
        "plots": list(captions.plots),
        "grams": film.grams,
        "labels": film.point_labels.tolist(),
        "theory": {name: packed(part) for name, part in film.backdrop.items()},
        "landmarks": "" if landmarks is None else packed(landmarks.places),
        "landmark_labels": [] if landmarks is None else landmarks.labels.tolist(),
        "steps_planned": film.planned_steps,
        "words": asdict(captions),
    }


def _captions(film: Film) -> Captions:
    drawn = f"Discs: class means. Squares: class vectors. Dashed: {film.reference.name}."
    kept = [
        f"{drawn} Turned onto it; {'exact' if view.exact else f'keeps {view.share:.0%} of it'}."
        for view in film.views
    ]
    names = ("Classifier", "Class means", "Logits")
    classifier, means, logits = (
        f"{name} {matrix}" for name, matrix in zip(names, MATRICES.values(), strict=True)
    )
    return Captions(
        theory=film.reference.name,
        plots=PLOTS,
        matrices=(classifier, means, logits),
        views=("Geometry, most variance", "Geometry, all classes")[: len(film.views)],
        space=tuple(kept),
        axes=(),
        grams=f"Matrices of more than {MAX_GRAM_CLASSES} classes are drawn below.",
        scale="Each matrix has norm 1.",
    )
