"""Logits magnitude and regularised deviation by class, and what they cannot see."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.adjust.metrics import METRIC_TITLES
from app.figures import probe_classes
from app.figures.classes import frequency_order
from app.figures.style import settled
from app.probe import MethodName, balance, normalized
from app.probe.results import measured
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.once import Origin, once
from app.ui.probe.code import balance_code, lines_code, run_code
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, SHORT_NAMES, percent

FloatArray = NDArray[np.float64]
Values = dict[MethodName, FloatArray]
Picture = tuple[go.Figure, str]

_FEWEST_METHODS = 5
_MEASURES = {"magnitude": "L / ‖L‖₁", "deviation": "r"}


class Pictures(NamedTuple):
    """Charts, each with what it says, and what they show in numbers."""

    lines: list[Picture]
    balance: Picture
    words: str


def draw_magnitude(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw both measures over classes, and balance against the metric."""
    st.subheader("Logits magnitude", anchor=False)
    caption(
        "L: mean logit of a class on its own test rows less that on all others. r: standard "
        "deviation of that logit over L. In Lu et al. (2024) a balanced L goes with accuracy, "
        "and r rises towards the tail alike for every method. Colours are those of the curves "
        "above; CV is the standard deviation of L over the classes by its mean."
    )
    pictures = _pictures(seen.origin, spec, seen)
    if pictures is None:
        st.caption("None of these methods has logits.")
        return
    asked = spec.comparison()
    made = run_code(asked, own=is_own(spec))
    for place, (measure, title), (figure, alt) in zip(
        st.columns(2, gap="medium"), _MEASURES.items(), pictures.lines, strict=True
    ):
        with place:
            chart(figure, f"{PAGE}:{measure}", alt, made, lines_code(measure, title))
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        code = balance_code(asked, METRIC_TITLES[spec.metric])
        chart(pictures.balance[0], f"{PAGE}:balance", pictures.balance[1], made, code)
    right.markdown(pictures.words)


@once
def _pictures(of: Origin | None, _spec: ProbePageSpec, _seen: Seen) -> Pictures | None:
    """The charts and their words; None where no method has logits."""
    asked = _spec.comparison()
    sizes, deviations = (measured(asked, _seen.arrays, name) for name in _MEASURES)
    if not sizes:
        return None
    shares: Values = {name: normalized(values) for name, values in sizes.items()}
    uneven = {name: float(balance(values)) for name, values in sizes.items()}
    scores = {name: _seen.metrics[f"{name}/{_spec.metric}"] for name in sizes}
    title = METRIC_TITLES[_spec.metric]
    return Pictures(
        [
            _lines(_seen, values, name)
            for values, name in zip((shares, deviations), _MEASURES.values(), strict=True)
        ],
        (
            settled(probe_classes.balance_figure(uneven, scores, title)),
            probe_classes.balance_alt(uneven, scores, title.lower()),
        ),
        "\n".join(f"- {words}" for words in findings(_spec, sizes, uneven, scores)),
    )


def _lines(seen: Seen, values: Values, title: str) -> Picture:
    bins = probe_classes.class_bins(frequency_order(seen.arrays["counts"]))
    figure = probe_classes.class_lines_figure(bins, values, title)
    return (
        settled(figure.update_layout(showlegend=False)),
        probe_classes.lines_alt(bins, values, title),
    )


def findings(
    spec: ProbePageSpec,
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
