"""What theory says below the live picture: boundary angles, and where MLA can stand in."""

import streamlit as st

from app.figures import angles, approximation
from app.figures.style import CONFIG
from app.scenes import Scene
from app.scenes.base import counts_at
from app.theory.approximation import ApproximationTable, approximation_table
from app.ui.live_state import LiveState


def draw_charts(scene: Scene, state: LiveState) -> None:
    """Draw the angle chart of the chosen pair and the approximation maps."""
    size = scene.num_classes
    counts = counts_at(scene, state.ratio)
    first, second = min(state.first, size - 1), min(state.second, size - 1)
    ratio = float(counts[second] / counts[first])
    pair = f"{scene.class_names[first]} | {scene.class_names[second]}"
    setting = (size, state.gamma, state.tau, state.norm, state.gamma)
    st.subheader("The angle of a boundary", anchor=False)
    st.plotly_chart(
        angles.angle_figure(*setting, pair_ratio=ratio, pair_label=pair),
        config=CONFIG,
        key="boundaries:angles",
        alt=angles.alt_text(*setting, pair_ratio=ratio),
    )
    st.caption(
        f"For unit vectors of a simplex ETF of {size} classes, from the class with fewer or more "
        "samples towards the other. MLA and the 1vs1adjuster share gamma; ALA depends on the "
        "feature norm; the small-noise optimum assumes spread n^-1/2."
    )
    st.subheader("Where MLA can stand in for the 1vs1adjuster", anchor=False)
    table = _table(state.gamma)
    st.plotly_chart(
        approximation.approximation_figure(table, mark=(size, state.ratio)),
        config=CONFIG,
        key="boundaries:approximation",
        alt=approximation.alt_text(table),
    )
    st.caption(
        f"Largest difference of the two boundaries over all count ratios up to the imbalance, the "
        f"1vs1adjuster at gamma = {state.gamma:g}: MLA at its best gamma, and at the same gamma. "
        "On the dark side of the white line it is below one degree."
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _table(gamma: float) -> ApproximationTable:
    return approximation_table(gamma)
