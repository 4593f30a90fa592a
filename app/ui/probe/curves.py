"""Scores over epochs, where each method is reported, and LORT's target."""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.adjust.metrics import METRIC_TITLES, METRICS
from app.data.features import FeatureSet
from app.figures import probe_curves
from app.figures.style import CONFIG, enlarged
from app.probe import METHODS, MethodName
from app.ui.header import teaching
from app.ui.probe.noted import note, shown
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, percent

FloatArray = NDArray[np.float64]

_DELTAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_OTHER_CLASSES = (10, 100, 1000)


def draw_curves(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw the score that is looked at, epoch by epoch."""
    epochs, curves = curves_of(spec, seen)
    reported = reported_of(spec, seen)
    if not curves:
        st.caption("None of these methods takes steps, so there is nothing to see over epochs.")
        return
    title = METRIC_TITLES[spec.look]
    figure = probe_curves.curves_figure(epochs, curves, reported, title)
    st.plotly_chart(
        enlarged(figure) if teaching() else figure,
        config=CONFIG,
        key=f"{PAGE}:curves:{'whole' if seen.run else 'partly'}",
        alt=probe_curves.alt_text(reported, title),
    )


def curves_of(spec: ProbePageSpec, seen: Seen) -> tuple[FloatArray, dict[MethodName, FloatArray]]:
    """Epochs (T,) and the looked-at test score of what takes steps, (T,), mean over seeds.

    Of several rates and decays it is the one that each seed reports.
    """
    steps = np.asarray(seen.arrays["history/step"], dtype=np.float64)
    test = np.asarray(seen.arrays["history/test"])[..., METRICS.index(spec.look)]
    chosen = np.asarray(seen.arrays["chosen_candidate"])
    seeds = np.arange(spec.seeds)
    curves = {
        name: test[:, chosen[m], seeds].mean(axis=1)
        for m, name in enumerate(spec.methods)
        if METHODS[name].trained
    }
    return steps / _epoch_length(spec, steps), curves


def reported_of(spec: ProbePageSpec, seen: Seen) -> dict[MethodName, tuple[float, float]]:
    """Epoch and looked-at test score of the state that each method reports, mean over seeds."""
    steps = np.asarray(seen.arrays["history/step"])
    found = np.asarray(seen.arrays["chosen_step"]) / _epoch_length(spec, steps)
    return {
        name: (float(found[m].mean()), seen.metrics.get(f"{name}/{spec.look}", math.nan))
        for m, name in enumerate(spec.methods)
    }


def _epoch_length(spec: ProbePageSpec, steps: NDArray[np.number]) -> float:
    return max(1.0, float(steps[-1]) / spec.epochs)


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
        st.markdown(gap_words(spec.delta, data.num_classes))
    if seen is not None and seen.run is not None:
        st.markdown(transient_words(spec, seen))


def optimal_gap(delta: float, num_classes: int) -> float:
    """Logit of the label above all others where the loss is smallest; infinite for delta 0."""
    return math.inf if delta == 0 else math.log1p(num_classes * (1 - delta) / delta)


def delta_of_gap(gap: float, num_classes: int) -> float:
    """The delta that asks for a gap among K classes."""
    return 0.0 if math.isinf(gap) else num_classes / (num_classes + math.expm1(gap))


def gap_words(delta: float, num_classes: int) -> str:
    """What a delta asks for here, and what asks for the same elsewhere."""
    gap = optimal_gap(delta, num_classes)
    if math.isinf(gap):
        return "delta = 0 is cross-entropy: the label's logit should be infinitely far above all."
    others = ", ".join(
        f"{delta_of_gap(gap, other):.4g} for K = {other:,}"
        for other in _OTHER_CLASSES
        if other != num_classes
    )
    return (
        f"The loss is smallest where the label's logit is **log(1 + K(1 − δ)/δ) = {gap:.3f}** "
        f"above all others (K = {num_classes}). The same gap is δ = {others}. The paper's 0.98 "
        f"at K = 100 asks for {optimal_gap(0.98, 100):.3f}, which here is "
        f"δ = {delta_of_gap(optimal_gap(0.98, 100), num_classes):.4g}."
    )


def transient_words(spec: ProbePageSpec, seen: Seen) -> str:
    """Where LORT's test curve peaks and where it ends, as measured."""
    epochs, curves = curves_of(spec, seen)
    curve = curves["lort"]
    if np.isnan(curve).any():
        return ""
    best = int(curve.argmax())
    return (
        f"On test rows its {METRIC_TITLES[spec.look].lower()} starts at {percent(curve[0])}, is "
        f"highest at epoch {epochs[best]:.3g} ({percent(curve[best])}) and ends at "
        f"{percent(curve[-1])}. Trained to the end, a δ near 1 fits one-hot labels by least "
        "squares, so the choice of the epoch is part of the method."
    )
