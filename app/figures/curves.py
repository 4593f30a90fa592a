"""Exact curves of a metric over an adjuster's parameter."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.adjust.adjusters import ADJUSTERS, AdjusterName
from app.adjust.curve import Curve
from app.figures.palette import GROUP_COLORS
from app.figures.style import ADJUSTER_COLORS, ADJUSTER_DASHES, base_figure, faded
from app.tune.curves import TunedCurve

FloatArray = NDArray[np.float64]

_COLUMNS = 600
_ALL_STEPS = 2000


def curves_figure(
    curves: list[TunedCurve],
    bounds: tuple[float, float],
    raw: float,
    metric_title: str,
    focus: AdjusterName,
) -> go.Figure:
    """Draw curves with their optima; the focused one gets its bootstrap band.

    Parameters
    ----------
    curves : list of TunedCurve
    bounds : (low, high)
    raw : float
        Value of the raw logits on the same data.
    metric_title : str
    focus : str
        Adjuster whose band is drawn.
    """
    figure = base_figure(460, hovermode="x unified")
    for tuned in curves:
        if tuned.name == focus:
            _add_band(figure, tuned)
    figure.add_trace(
        go.Scatter(
            x=list(bounds),
            y=[raw, raw],
            mode="lines",
            name=f"Raw logits {_percent(raw)}",
            line={"color": ADJUSTER_COLORS["raw"], "dash": ADJUSTER_DASHES["raw"], "width": 1.5},
            hoverinfo="skip",
        )
    )
    for tuned in curves:
        _add_groups(figure, tuned, bounds)
        _add_curve(figure, tuned, bounds)
    for tuned in curves:
        _add_optimum(figure, tuned)
    figure.update_xaxes(title="parameter (gamma or tau)", range=list(bounds), hoverformat=".3f")
    figure.update_yaxes(title=metric_title, tickformat=".0%")
    return figure


def alt_text(curves: list[TunedCurve], raw: float, metric_title: str) -> str:
    """What the chart says, in a sentence."""
    peaks = [
        f"{ADJUSTERS[t.name].title} peaks at {t.optimum.score:.1%} for {t.optimum.value:.2f}"
        for t in curves
    ]
    parts = "; ".join([f"raw {_percent(raw)}", *peaks])
    return f"{metric_title} on the tuning data: {parts}."


def drawn_steps(curve: Curve, bounds: tuple[float, float]) -> Curve:
    """Steps to draw: all of them, or for very many a sample that keeps every column's extremes.

    A screen has some hundred columns of pixels; within each, the smallest and the largest value
    are kept where they are.
    """
    x, y = curve.breakpoints, curve.values
    if x.size <= _ALL_STEPS:
        return Curve(np.append(x, bounds[1]), np.append(y, y[-1]))
    edges = np.linspace(*bounds, _COLUMNS + 1)
    starts = np.clip(np.searchsorted(x, edges[:-1], side="right") - 1, 0, None)
    keep = {0, x.size - 1}
    for start, stop in zip(starts, np.append(starts[1:], x.size), strict=True):
        if stop > start:
            part = y[start:stop]
            keep |= {start, start + int(part.argmin()), start + int(part.argmax())}
    kept = np.array(sorted(keep))
    return Curve(np.append(x[kept], bounds[1]), np.append(y[kept], y[-1]))


def _add_curve(figure: go.Figure, tuned: TunedCurve, bounds: tuple[float, float]) -> None:
    """The curve as it is, and an invisible even grid on it for the hover to read."""
    title, color = ADJUSTERS[tuned.name].title, ADJUSTER_COLORS[tuned.name]
    steps = drawn_steps(tuned.curve, bounds)
    figure.add_trace(
        go.Scatter(
            x=steps.breakpoints,
            y=steps.values,
            mode="lines",
            line={
                "shape": "hv",
                "color": color,
                "width": 2,
                "dash": ADJUSTER_DASHES[tuned.name],
            },
            name=title,
            legendgroup=tuned.name,
            hoverinfo="skip",
        )
    )
    grid = np.linspace(*bounds, _COLUMNS + 1)
    figure.add_trace(
        go.Scatter(
            x=grid,
            y=tuned.curve.at(grid),
            mode="lines",
            line={"color": color, "width": 0},
            name=title,
            legendgroup=tuned.name,
            showlegend=False,
            hovertemplate="%{y:.2%}",
        )
    )


def _add_band(figure: go.Figure, tuned: TunedCurve) -> None:
    low, high = tuned.bootstrap.band()
    x = tuned.bootstrap.parameters
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([low, high[::-1]]),
            fill="toself",
            fillcolor=faded(ADJUSTER_COLORS[tuned.name], 0.16),
            line={"width": 0},
            name="95 % bootstrap band",
            hoverinfo="skip",
        )
    )


def _add_groups(figure: go.Figure, tuned: TunedCurve, bounds: tuple[float, float]) -> None:
    for group, curve in tuned.groups.items():
        steps = drawn_steps(curve, bounds)
        figure.add_trace(
            go.Scatter(
                x=steps.breakpoints,
                y=steps.values,
                mode="lines",
                line={"shape": "hv", "color": GROUP_COLORS[group], "width": 1.2},
                name=f"{group.capitalize()} ({ADJUSTERS[tuned.name].title})",
                hovertemplate="%{y:.1%}",
            )
        )


def _add_optimum(figure: go.Figure, tuned: TunedCurve) -> None:
    """The optimum, with the bootstrap interval of its place."""
    low, high = tuned.bootstrap.interval()
    value, score = tuned.optimum.value, tuned.optimum.score
    figure.add_trace(
        go.Scatter(
            x=[value],
            y=[score],
            mode="markers",
            marker={
                "color": ADJUSTER_COLORS[tuned.name],
                "size": 10,
                "symbol": "diamond",
                "line": {"color": "white", "width": 1},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(high - value, 0)],
                "arrayminus": [max(value - low, 0)],
                "thickness": 1.5,
            },
            name=f"{ADJUSTERS[tuned.name].title} best",
            legendgroup=tuned.name,
            showlegend=False,
            hoverinfo="skip",
        )
    )


def _percent(value: float) -> str:
    return "n/a" if np.isnan(value) else f"{value:.1%}"
