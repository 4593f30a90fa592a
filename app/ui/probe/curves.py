"""Scores over epochs, where each method is reported, and LORT's target."""

import math

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.adjust.metrics import METRIC_TITLES, MetricName
from app.data.features import FeatureSet
from app.figures.probe_curves import alt_text, curves_figure
from app.figures.style import CONFIG, enlarged, settled
from app.probe import optimal_gap, smoothing_of_gap
from app.probe.curves import score_curves
from app.ui.chart import chart
from app.ui.glossary import defined, draw_formulas
from app.ui.header import teaching
from app.ui.once import Origin, once
from app.ui.probe.code import curves_code, run_code
from app.ui.probe.data import is_own
from app.ui.probe.noted import note, shown
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, percent

_DELTAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_OTHER_CLASSES = (10, 100, 1000)
_PAPERS_GAP = optimal_gap(100, 0.98)


def draw_curves(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw the score that is looked at, epoch by epoch."""
    figure, alt = _picture(seen.origin, spec.look, teaching(), spec, seen)
    if figure is None:
        st.caption("None of these methods takes steps, so there is nothing to see over epochs.")
        return
    if seen.run is None:
        st.plotly_chart(figure, config=CONFIG, key=f"{PAGE}:curves:partly", alt=alt)
        return
    made = run_code(spec.comparison(), own=is_own(spec))
    code = curves_code(spec, METRIC_TITLES[spec.look])
    chart(figure, f"{PAGE}:curves", alt, made, code)


@once
def _picture(
    of: Origin | None, look: MetricName, large: bool, _spec: ProbePageSpec, _seen: Seen
) -> tuple[go.Figure | None, str]:
    """The curves and what they say; no figure of methods that take no steps."""
    found = score_curves(_spec.comparison(), _seen.arrays, _seen.metrics, look)
    if not found.scores:
        return None, ""
    title = METRIC_TITLES[look]
    figure = curves_figure(*found, title)
    return settled(enlarged(figure) if large else figure), alt_text(found.reported, title)


def draw_lort(spec: ProbePageSpec, data: FeatureSet, seen: Seen | None) -> None:
    """Draw LORT's delta with the gap it asks for, and what becomes of it over epochs."""
    st.subheader("LORT's target", anchor=False)
    left, right = st.columns([1, 2], gap="large", vertical_alignment="center")
    with left:
        key = shown("delta", spec.delta)
        st.select_slider(
            "delta",
            sorted({*_DELTAS, spec.delta}),
            key=key,
            format_func=lambda delta: f"{delta:g}",
            on_change=lambda: note({"delta": st.session_state[key]}),
            help="Targets are 1 - δ + δ/K for the label and δ/K for every other class.",
        )
    with right:
        draw_formulas("LORT")
        st.markdown(defined(gap_words(spec.delta, data.num_classes)))
    if seen is not None and seen.run is not None:
        st.markdown(defined(transient_words(spec, seen)))


def gap_words(delta: float, num_classes: int) -> str:
    """What a delta asks for here, and what asks for the same elsewhere."""
    gap = optimal_gap(num_classes, delta)
    if math.isinf(gap):
        return "delta = 0 is cross-entropy: the label's logit should be infinitely far above all."
    others = ", ".join(
        f"{smoothing_of_gap(other, gap):.4g} for K = {other:,}"
        for other in _OTHER_CLASSES
        if other != num_classes
    )
    return (
        f"The loss is smallest where the label's logit is **log(1 + K(1 − δ)/δ) = {gap:.3f}** "
        f"above all others (K = {num_classes}). The same gap is δ = {others}. The paper's 0.98 "
        f"at K = 100 asks for {_PAPERS_GAP:.3f}, which here is "
        f"δ = {smoothing_of_gap(num_classes, _PAPERS_GAP):.4g}."
    )


def transient_words(spec: ProbePageSpec, seen: Seen) -> str:
    """Where LORT's test curve peaks and where it ends, as measured."""
    found = score_curves(spec.comparison(), seen.arrays, seen.metrics, spec.look)
    epochs, curve = found.epochs, found.scores["lort"]
    if np.isnan(curve).any():
        return ""
    best = int(curve.argmax())
    return (
        f"On test rows its {METRIC_TITLES[spec.look].lower()} starts at {percent(curve[0])}, is "
        f"highest at epoch {epochs[best]:.3g} ({percent(curve[best])}) and ends at "
        f"{percent(curve[-1])}. Trained to the end, a δ near 1 fits one-hot labels by least "
        "squares, so the choice of the epoch is part of the method."
    )
