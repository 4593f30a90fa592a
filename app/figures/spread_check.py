"""Gamma of MLA as the spread of features predicts it, and as tuned, on exact test curves."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from app.adjust.curve import Curve
from app.figures.curves import drawn_steps
from app.figures.style import base_figure, faded, plain
from app.tune.spread import THEORY, SpreadCheck

_COLORS = ("#0f86c9", "#d55e00", "#00936b", "#a85ca0")
_DASHES = ("solid", "dash", "dot", "dashdot")
_LARGEST = 1.5


def spread_check_figure(
    checks: Mapping[str, SpreadCheck], y_title: str, height: int = 360
) -> go.Figure:
    """Draw a curve for each classifier, with intervals of the predicted and the tuned gamma.

    Parameters
    ----------
    checks : mapping of title to SpreadCheck
        Up to four.
    y_title : str
        The score.
    height : int
        Pixels.
    """
    traces: list[go.Scatter] = []
    for (title, check), color, dash in zip(checks.items(), _COLORS, _DASHES, strict=False):
        traces += _traces(plain(title), check, color, dash)
    return base_figure(
        height,
        traces,
        xaxis={"title": "γ of MLA", "range": [-0.1, _LARGEST]},
        yaxis={"title": plain(y_title), "tickformat": ".0%", "nticks": 6},
        hovermode="closest",
    )


def alt_text(checks: Mapping[str, SpreadCheck]) -> str:
    """What the chart says, classifier by classifier."""
    parts = [
        f"{title}: predicted {check.fit.exponent:.2f} gives {check.predicted:.1%}, tuned "
        f"{check.optimum.value:.2f} gives {check.tuned:.1%}, {THEORY:g} gives {check.theory:.1%}"
        for title, check in checks.items()
    ]
    return f"Balanced accuracy over gamma. {'; '.join(parts)}."


def _traces(title: str, check: SpreadCheck, color: str, dash: str) -> list[go.Scatter]:
    inside = check.curve.breakpoints < _LARGEST
    part = Curve(*(values[inside] for values in check.curve))
    steps = drawn_steps(part, (float(part.breakpoints[0]), _LARGEST))
    curve = go.Scatter(
        x=steps.breakpoints,
        y=steps.values,
        mode="lines",
        line={"color": color, "width": 2, "dash": dash, "shape": "hv"},
        name=title,
        hovertemplate="γ = %{x:.2f}: %{y:.1%}<extra></extra>",
    )
    marks = (
        ("predicted", check.fit.exponent, check.fit.interval(), check.predicted, "circle"),
        ("tuned", check.optimum.value, check.interval, check.tuned, "diamond"),
        ("1/2", THEORY, None, check.theory, "line-ns-open"),
    )
    return [curve, *(_mark(title, color, *mark) for mark in marks)]


def _mark(
    title: str,
    color: str,
    name: str,
    gamma: float,
    interval: tuple[float, float] | None,
    score: float,
    symbol: str,
) -> go.Scatter:
    bar: dict[str, Any] = {}
    if interval is not None:
        low, high = interval
        bar = {
            "type": "data",
            "symmetric": False,
            "array": [high - gamma],
            "arrayminus": [gamma - low],
            "color": faded(color, 0.6),
            "thickness": 1.6,
        }
    return go.Scatter(
        x=[gamma],
        y=[score],
        error_x=bar,
        mode="markers",
        marker={"color": color, "symbol": symbol, "size": 10, "line": {"width": 2}},
        name=f"{title}, {name}",
        showlegend=False,
        hovertemplate=f"{name}: γ = %{{x:.2f}}, %{{y:.1%}}<extra>{title}</extra>",
    )
