"""Start: what the lab is about in one picture, and the way in."""

from pathlib import Path

import streamlit as st

from app import __version__
from app.adjust import decision_cells
from app.adjust.rules import additive_offset, multiplicative_scale
from app.figures.cells import cells_figure
from app.figures.style import CONFIG
from app.theory import simplex_etf

COUNTS = [1000, 100, 10]
WINDOW = (-1.6, 1.6, -1.4, 1.6)

st.title("Collapse Lab", anchor=False)
st.markdown(
    "A laboratory for the last layer of classifiers trained on imbalanced data. Class vectors at "
    "equal angles (a simplex ETF) give every class the same share of space, however few training "
    "samples it had; rare classes, whose test samples scatter more, need a larger one. "
    "**Adjusting logits after training moves the boundaries.**"
)
weights = simplex_etf(3)
panels = [
    ("Raw logits: equal shares", decision_cells(weights, 0, 1, 0, WINDOW)),
    (
        "MLA, gamma = 0.5: more for the tail",
        decision_cells(weights, 0, multiplicative_scale(COUNTS, 0.5), 0, WINDOW),
    ),
    (
        "ALA, tau = 0.2: a shift, not a turn",
        decision_cells(weights, 0, 1, additive_offset(COUNTS, 0.2), WINDOW),
    ),
]
st.plotly_chart(
    cells_figure(panels, weights, [f"n = {n}" for n in COUNTS], WINDOW),
    config=CONFIG,
    key="start:cells",
    alt="Decision cells of three classes with 1000, 100 and 10 training samples on a simplex ETF: "
    "equal for raw logits; the rare class gets the largest under MLA; under ALA boundaries shift.",
)
st.caption("Exact decision cells of a three-class simplex ETF with 1000, 100 and 10 samples.")
with st.container(border=True):
    st.page_link(
        Path(__file__).with_name("tune.py"),
        label="**Tune gamma on my logits**",
        icon=":material/arrow_forward:",
        icon_position="right",
    )
    st.caption(
        "Drop the logits of a long-tailed classifier: the exact best adjustment, how sure it is, "
        "who wins and who loses, and the code."
    )
st.caption(f"Collapse Lab {__version__}")
