"""What theory says below the live picture: boundary angles, and where MLA can stand in."""

from collections.abc import Iterator

import plotly.graph_objects as go
import streamlit as st

from app.figures import angles, approximation
from app.figures.style import settled
from app.scenes import Scene, counts_at
from app.theory.approximation import ApproximationTable, approximation_table
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.live_code import angles_code, approximation_code
from app.ui.live_spec import BoundariesSpec, scene_of
from app.ui.live_state import LiveState
from app.ui.live_words import MOST_KEPT, parameters_of, sentences
from app.ui.once import kept
from app.ui.specs import current_spec, store, with_values
from app.ui.text import plain


def draw_angles(scene: Scene, state: LiveState, page: str) -> None:
    """Draw the angle chart of the chosen pair, and offer the matched gamma."""
    st.subheader("The angle of a boundary", anchor=False)
    setting, ratio, label = _angle_setting(scene, state)
    figure, alt = _angles(*setting, ratio, label)
    chart(figure, f"{page}:angles", alt, angles_code(setting, ratio, label))
    size, gamma, *_ = setting
    first, second = (plain(scene.class_names[k]) for k in (state.first, state.second))
    caption(
        f"On a simplex ETF of {size} classes, from the vector of class i towards that of class j; "
        f"the pair is i = {first}, j = {second}. MLA has gamma = {gamma:.2f}, "
        f"the 1vs1adjuster {state.gamma:.2f}; ALA depends on the feature norm; the small-noise "
        "optimum assumes spread proportional to n^-1/2."
    )
    if size > 2:
        _offer_match(size, state, page)


def draw_approximation(scene: Scene, state: LiveState, page: str) -> None:
    """Draw the maps of how far MLA is from the 1vs1adjuster."""
    mark = _mark(scene, state)
    st.subheader("Where MLA can stand in for the 1vs1adjuster", anchor=False)
    table = _table(round(state.gamma, 1))
    given: approximation.Choice = "matched" if state.matched else "same"
    choices: tuple[approximation.Choice, ...] = ("best", given)
    with st.container(horizontal=True):
        for choice in choices:
            chart(
                _map(table.gamma_1vs1, choice, mark),
                f"{page}:approximation:{choice}",
                f"Map for MLA's {approximation.TITLES[choice]}. {approximation.alt_text(table)}",
                approximation_code(table.gamma_1vs1, choice, mark),
            )
    caption(
        f"Largest difference of the two boundaries over all count ratios up to the imbalance, the "
        f"1vs1adjuster at gamma = {table.gamma_1vs1:g}: MLA at its best gamma, and at the "
        f"{approximation.TITLES[given]}. On the dark side of the white line it is below one degree."
    )


def _offer_match(num_classes: int, state: LiveState, page: str) -> None:
    """A button that gives MLA the gamma at which both rules agree for small imbalance."""
    matched = LiveState(**(state.model_dump() | {"matched": True}))
    gamma = parameters_of("mla", num_classes, matched)["gamma"]

    def switch() -> None:
        now = current_spec(BoundariesSpec, page)
        store(page, with_values(now, {"matched": not now.matched}))

    st.button(
        f"Give MLA the gamma of the 1vs1adjuster, {state.gamma:.2f}"
        if state.matched
        else f"Give MLA the matched gamma, {gamma:.2f}",
        key=f"{page}:match",
        on_click=switch,
        help="With the matched gamma MLA moves a boundary like the 1vs1adjuster while the "
        "imbalance is small: (psi / 2) tan(psi / 2) times its gamma, psi being the angle between "
        "two class vectors.",
    )


def warm_up() -> Iterator[None]:
    """Compute what the page as it opens says and shows at every gamma, one at a time."""
    opened = BoundariesSpec()
    scene, state = scene_of(opened), opened.picture()
    for tenths in range(21):
        for choice in ("best", "same"):
            _map(tenths / 10, choice, _mark(scene, state))
        yield
    for hundredths in range(201):
        at = state.model_copy(update={"gamma": hundredths / 100})
        setting, ratio, label = _angle_setting(scene, at)
        sentences(scene, at)
        _angles(*setting, ratio, label)
        yield


def _mark(scene: Scene, state: LiveState) -> tuple[int, float]:
    """Where the scene is on the maps: number of classes, and imbalance of the rounded counts."""
    counts = counts_at(scene, state.ratio)
    return scene.num_classes, float(counts.max() / counts.min())


def _angle_setting(
    scene: Scene, state: LiveState
) -> tuple[tuple[int, float, float, float, float], float, str]:
    """What `app.figures.angles.angle_figure` takes: settings, count ratio of the pair, its name."""
    size, counts = scene.num_classes, counts_at(scene, state.ratio)
    gamma = parameters_of("mla", size, state)["gamma"]
    ratio = float(counts[state.second] / counts[state.first])
    label = " | ".join(scene.class_names[k] for k in (state.first, state.second))
    return (size, gamma, state.tau, state.norm, state.gamma), ratio, label


@kept(32)
def _table(gamma: float) -> ApproximationTable:
    """The maps of a gamma in steps of 0.1, 21 in all: they take 0.1 s to compute."""
    return approximation_table(gamma)


@kept(64)
def _map(gamma: float, choice: approximation.Choice, mark: tuple[int, float]) -> go.Figure:
    """Kept, since most releases of a slider leave it as it is."""
    return settled(approximation.approximation_figure(_table(gamma), (choice,), mark))


@kept(MOST_KEPT)
def _angles(
    size: int, gamma: float, tau: float, norm: float, gamma_1vs1: float, ratio: float, label: str
) -> tuple[go.Figure, str]:
    """The chart and what it says: kept, since those who follow the same link see the same."""
    setting = (size, gamma, tau, norm, gamma_1vs1, ratio)
    return settled(angles.angle_figure(*setting, label)), angles.alt_text(*setting)
