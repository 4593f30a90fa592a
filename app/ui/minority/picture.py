"""The map of a sweep with theory's borders over it."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.figures.phase import PhaseMap, alt_text, phase_figure
from app.figures.style import CONFIG, enlarged
from app.ufm.sweep import STRIDES, SweepSpec
from app.ufm.sweep_measure import NOTHING
from app.ufm.sweep_theory import SweepTheory, plain_border, sweep_theory
from app.ui.header import teaching
from app.ui.minority.spec import MinoritySpec
from app.ui.minority.words import PAGE, PLAIN_CURVE, SHOWN_ARRAYS

Arrays = Mapping[str, NDArray[np.float64]]

KEY = f"{PAGE}:map"
CLICKED = f"{PAGE}:clicked"
_DECAY = "decay λ of W and H"


@lru_cache(maxsize=64)
def theory_of(sweep: SweepSpec) -> SweepTheory:
    """Phases and borders in closed form; a fifth of a second for free features."""
    return sweep_theory(sweep)


def draw_map(spec: MinoritySpec, arrays: Arrays) -> None:
    """Draw the map; a click on a cell is noted for `clicked`."""
    cells = _cells(spec, arrays)
    figure = map_figure(spec, arrays)
    st.plotly_chart(
        enlarged(figure) if teaching() else figure,
        config=CONFIG,
        key=KEY,
        on_select=_note_click,
        selection_mode="points",
        alt=alt_text(cells, SHOWN_ARRAYS[spec.shows()][1]),
    )


def map_figure(spec: MinoritySpec, arrays: Arrays) -> go.Figure:
    """The figure of a sweep, whole or so far as it is known."""
    title = SHOWN_ARRAYS[spec.shows()][1]
    return phase_figure(
        _cells(spec, arrays),
        _curves(spec),
        title,
        _DECAY,
        picked=spec.picked(),
        height=520,
        border=np.asarray(arrays["border"]),
        levels=spec.classes - 1 if spec.shows() == "rank" else None,
    )


def clicked() -> dict[str, int]:
    """Row and column of the cell that was clicked since last asked; empty if none was."""
    found: dict[str, int] = st.session_state.pop(CLICKED, {})
    return found


def _note_click() -> None:
    """Keep what Streamlit tells of a click; one beside all cells changes nothing."""
    points = st.session_state[KEY].selection.points
    places = [point["customdata"] for point in points if point.get("customdata")]
    if places:
        st.session_state[CLICKED] = {"row": int(places[0][0]), "column": int(places[0][1])}


def _cells(spec: MinoritySpec, arrays: Arrays) -> PhaseMap:
    theory = theory_of(spec.sweep())
    values = _filled(np.asarray(arrays[SHOWN_ARRAYS[spec.shows()][0]]))
    values = np.where(values < NOTHING, 0.0, values)
    return PhaseMap(spec.ratios, spec.decays, values, theory.phases, theory.names)


def _curves(spec: MinoritySpec) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Borders of the sweep's own theory, and that of plain cross-entropy to compare with."""
    curves = dict(theory_of(spec.sweep()).curves)
    if spec.profile == "step" and (spec.loss != "ce" or spec.relu):
        curves[PLAIN_CURVE] = plain_border(spec)
    return curves


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cells not known yet, coloured as the known one that is nearest towards the origin."""
    for stride in STRIDES:
        coarse = np.kron(values[::stride, ::stride], np.ones((stride, stride)))
        values = np.where(np.isnan(values), coarse[: values.shape[0], : values.shape[1]], values)
    return values
