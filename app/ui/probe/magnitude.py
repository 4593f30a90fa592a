"""Logits magnitude and regularised deviation by class, and what they cannot see."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app.adjust.metrics import METRIC_TITLES
from app.figures import probe_classes
from app.figures.classes import frequency_order
from app.probe import MethodName, balance, normalized
from app.probe.results import measured
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.probe.code import balance_code, lines_code, run_code
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, SHORT_NAMES, percent

FloatArray = NDArray[np.float64]
Values = dict[MethodName, FloatArray]

_FEWEST_METHODS = 5
_MEASURES = {"magnitude": "L / ‖L‖₁", "deviation": "r"}


def draw_magnitude(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw both measures over classes, and balance against the metric."""
    st.subheader("Logits magnitude", anchor=False)
    caption(
        "L: mean logit of a class on its own test rows less that on all others. r: standard "
        "deviation of that logit over L. In Lu et al. (2024) a balanced L goes with accuracy, "
        "and r rises towards the tail alike for every method. Colours are those of the curves "
        "above; CV is the standard deviation of L over the classes by its mean."
    )
    asked = spec.comparison()
    sizes, deviations = (measured(asked, seen.arrays, name) for name in _MEASURES)
    if not sizes:
        st.caption("None of these methods has logits.")
        return
    bins = probe_classes.class_bins(frequency_order(seen.arrays["counts"]))
    shares: Values = {name: normalized(values) for name, values in sizes.items()}
    made = run_code(asked, own=is_own(spec))
    for place, values, (measure, title) in zip(
        st.columns(2, gap="medium"), (shares, deviations), _MEASURES.items(), strict=True
    ):
        with place:
            chart(
                probe_classes.class_lines_figure(bins, values, title).update_layout(
                    showlegend=False
                ),
                f"{PAGE}:{measure}",
                probe_classes.lines_alt(bins, values, title),
                made,
                lines_code(measure, title),
            )
    uneven = {name: float(balance(values)) for name, values in sizes.items()}
    scores = {name: seen.metrics[f"{name}/{spec.metric}"] for name in sizes}
    title = METRIC_TITLES[spec.metric]
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        chart(
            probe_classes.balance_figure(uneven, scores, title),
            f"{PAGE}:balance",
            probe_classes.balance_alt(uneven, scores, title.lower()),
            made,
            balance_code(asked, title),
        )
    right.markdown("\n".join(f"- {words}" for words in findings(spec, seen, sizes, uneven, scores)))


def findings(
    spec: ProbePageSpec,
    seen: Seen,
    sizes: Values,
    uneven: dict[MethodName, float],
    scores: dict[MethodName, float],
) -> list[str]:
    """What the charts show, in numbers."""
    found = [_blindness(spec, sizes, scores)]
    if len(sizes) >= _FEWEST_METHODS:
        table = pd.DataFrame({"uneven": uneven, "score": scores}).rank()
        rank = float(table["uneven"].corr(table["score"]))
        if rank == rank:
            found.append(
                f"Over these {len(sizes)} methods, the rank correlation of uneven magnitudes "
                f"(CV of L) with {METRIC_TITLES[spec.metric].lower()} is {rank:+.2f}; the paper's "
                "claim is a clearly negative one."
            )
    best = max(scores, key=lambda name: scores[name])
    flat = min(uneven, key=lambda name: abs(uneven[name]))
    found.append(
        f"Best: {SHORT_NAMES[best]} with {percent(scores[best])} and a CV of {uneven[best]:.2f}. "
        f"Most balanced: {SHORT_NAMES[flat]} with a CV of {uneven[flat]:.2f} and "
        f"{percent(scores[flat])}."
    )
    return found


def _blindness(spec: ProbePageSpec, sizes: Values, scores: dict[MethodName, float]) -> str:
    if not {"stage1", "posthoc-la"} <= sizes.keys():
        return (
            "L and r see differences within a column of logits alone, so that no bias changes "
            "them: tick Stage 1 and Post-hoc LA to see it."
        )
    moved = float(np.abs(sizes["posthoc-la"] - sizes["stage1"]).max())
    largest = float(np.abs(sizes["stage1"]).max())
    gained = 100 * (scores["posthoc-la"] - scores["stage1"])
    return (
        "**Blind to biases.** Post-hoc LA only moves the biases of stage 1: no L differs by more "
        f"than {moved / largest:.0e} of the largest, yet "
        f"{METRIC_TITLES[spec.metric].lower()} goes from {percent(scores['stage1'])} to "
        f"{percent(scores['posthoc-la'])} ({gained:+.1f} points)."
    )
