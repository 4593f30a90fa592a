"""Predicted and tuned gamma of a learned and of a fixed classifier on the same network."""

from functools import cache

import plotly.graph_objects as go
import streamlit as st

from app.adjust.metrics import METRIC_TITLES
from app.data.bundled import load
from app.figures import spread_check
from app.figures.style import settled
from app.tune import TuneSpec
from app.tune.spread import SpreadCheck
from app.tune.spread import spread_check as check_of
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.probe.quotes import table
from app.ui.probe.words import PAGE, percent
from app.ui.script import call, literal, settings

DATA = "fashion-lt"
"""The features whose network was trained with both classifiers."""
CLASSIFIERS = {"Learned classifier": "fashion-lt", "Fixed simplex ETF": "fashion-lt-etf"}
ASKED = TuneSpec(judge="split")


def draw_classifiers() -> None:
    """Draw both classifiers on one chart, the numbers as a table, and what follows."""
    checks = classifier_checks()
    st.markdown("##### Fixed simplex-ETF against learned classifier")
    place, words = st.columns(2, gap="large", vertical_alignment="center")
    with place:
        chart(
            _figure(),
            f"{PAGE}:classifiers",
            spread_check.alt_text(checks),
            code(),
        )
    words.markdown(table(*rows_of(checks)))
    words.markdown(" ".join(verdict(title, check) for title, check in checks.items()))
    first = next(iter(checks.values()))
    caption(
        f"Samples {' and '.join(CLASSIFIERS.values())}: the same network trained at ratio 100 with "
        "learned rows and with rows fixed to a simplex ETF. Predicted from the spread s of n⁻ˢ "
        "of the training features, with its 95 % interval by Student's t; tuned exactly for "
        f"balanced accuracy on {first.tuning:,} validation images, with its 95 % bootstrap "
        f"interval (seed {ASKED.seed}, {ASKED.samples} replicates); curves and scores are of "
        f"{first.judged:,} test images."
    )


@st.cache_resource(show_spinner=False)
def classifier_checks() -> dict[str, SpreadCheck]:
    """What is found for each classifier, once for all sessions."""
    return {title: check_of(load(name), ASKED) for title, name in CLASSIFIERS.items()}


@cache
def _figure() -> go.Figure:
    found = spread_check.spread_check_figure(classifier_checks(), METRIC_TITLES[ASKED.metric])
    return settled(found)


def rows_of(checks: dict[str, SpreadCheck]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows of the table: a column a classifier."""
    found = list(checks.values())
    rows = [
        ("γ predicted", *(_with(c.fit.exponent, c.fit.interval()) for c in found)),
        ("γ tuned", *(_with(c.optimum.value, c.interval) for c in found)),
        ("raw logits", *(percent(c.raw) for c in found)),
        ("at γ predicted", *(percent(c.predicted) for c in found)),
        ("at γ tuned", *(percent(c.tuned) for c in found)),
        ("at γ = 1/2", *(percent(c.theory) for c in found)),
    ]
    return ("balanced accuracy", *checks), rows


def verdict(title: str, check: SpreadCheck) -> str:
    """Whether the prediction holds, in a sentence."""
    lost = 100 * (check.tuned - check.predicted)
    if check.agrees:
        return f"{title}: the prediction holds; the two intervals meet."
    return (
        f"{title}: the prediction does not hold; the intervals do not meet, and the predicted γ "
        f"scores {lost:.1f} points less than the tuned one."
    )


def code() -> str:
    """The Python that makes the chart."""
    return (
        "from app.data.bundled import load\n"
        "from app.figures.spread_check import spread_check_figure\n"
        "from app.tune.spread import spread_check\n"
        f"{settings(ASKED)}\n"
        f"names = {literal(CLASSIFIERS)}\n"
        "checks = {title: spread_check(load(name), spec) for title, name in names.items()}\n"
        f"figure = {call('spread_check_figure', 'checks', literal(METRIC_TITLES[ASKED.metric]))}"
    )


def _with(value: float, interval: tuple[float, float]) -> str:
    low, high = (f"{round(end, 2) + 0.0:.2f}" for end in interval)
    return f"**{value:.2f}** ({low} to {high})"
