"""The exact curves of /tune, and the optimum in words."""

from typing import Any

import streamlit as st

from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Comparison, Line, Protocol
from app.adjust.metrics import METRIC_TITLES
from app.figures.curves import alt_text, curves_figure
from app.figures.style import CONFIG, enlarged
from app.tune import TuneSpec, spread_sentence
from app.tune.curves import raw_value, tuned_curves
from app.ui.specs import control
from app.ui.tune.words import ADJUSTER_WORDS, PAGE


def curve_controls(spec: TuneSpec, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw the heading with the controls of what is in focus; return their values."""
    heading, focus, groups = st.columns([3, 2, 2], vertical_alignment="bottom")
    heading.subheader(f"{METRIC_TITLES[spec.metric]} against the parameter", anchor=False)
    with focus:
        chosen = control(spec, PAGE, "focus", ADJUSTER_WORDS, names)
    with groups:
        return {"focus": chosen, "groups": control(spec, PAGE, "groups")}


def draw_curve(
    spec: TuneSpec, work: Comparison, found: list[Line], protocol: Protocol, large: bool
) -> None:
    """Draw the curves on the tuning data and say what is in them."""
    curves, raw = tuned_curves(work, spec, found), raw_value(work, spec)
    metric = METRIC_TITLES[spec.metric]
    figure = curves_figure(curves, (spec.low, spec.high), raw, metric, spec.focus)
    st.plotly_chart(
        enlarged(figure) if large else figure,
        config=CONFIG,
        key="tune:curves",
        alt=alt_text(curves, raw, metric),
    )
    for line in found:
        if line.name == spec.focus and (sentence := spread_sentence(line)):
            st.markdown(f"**{ADJUSTERS[line.name].title}**: {sentence}")
    st.caption(
        f"Exact curves on the {protocol.final.size:,} tuning samples. Diamonds mark the middle of "
        "the widest best interval, whiskers where it falls on resampled data (95 %), the band the "
        f"spread of the curve of {ADJUSTERS[spec.focus].title}. Held-out values are in the table."
    )
