"""The map of a sweep with theory's borders over it."""

import streamlit as st

from app.figures.style import enlarged
from app.figures.sweep_map import Arrays, sweep_alt, sweep_figure, sweep_table
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_theory import SweepTheory, sweep_theory
from app.ui.chart import chart
from app.ui.header import teaching
from app.ui.minority.code import map_code
from app.ui.minority.spec import MinoritySpec
from app.ui.minority.words import PAGE
from app.ui.once import kept

KEY = f"{PAGE}:map"
CLICKED = f"{PAGE}:clicked"


@kept(64)
def theory_of(sweep: SweepSpec) -> SweepTheory:
    """Phases and borders in closed form; a fifth of a second for free features."""
    return sweep_theory(sweep)


def draw_map(spec: MinoritySpec, arrays: Arrays) -> None:
    """Draw the map; a click on a cell is noted for `clicked`."""
    sweep, quantity = spec.sweep(), spec.shows()
    theory = theory_of(sweep)
    figure = sweep_figure(sweep, arrays, theory, quantity, spec.picked())
    chart(
        enlarged(figure) if teaching() else figure,
        KEY,
        sweep_alt(sweep, arrays, theory, quantity),
        *map_code(sweep, quantity, spec.picked()),
        table=lambda: sweep_table(sweep, arrays, theory),
        on_select=_note_click,
        selection_mode="points",
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
