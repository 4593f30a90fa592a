"""Sweeps of multi-center frames against one center a class."""

import numpy as np
import plotly.graph_objects as go

from app.centers.sweep import Look, Sweep
from app.figures.gram import COLORSCALE
from app.figures.style import base_figure

_WORDS: dict[Look, str] = {"mean": "Balanced accuracy", "last": "Accuracy of the last class"}
_LINES = ("#1852ad", "#7f5174", "#ad4c54", "#d2601a", "#c59b76")


def theta_figure(sweep: Sweep, look: Look, height: int = 400) -> go.Figure:
    """Draw accuracy less that of one center a class, over theta and centers a class."""
    figure = base_figure(height)
    values, baseline = sweep.seen(look)
    gain = values - baseline
    reach = max(float(np.abs(gain).max()), 1e-3)
    figure.add_trace(
        go.Heatmap(
            x=sweep.x,
            y=[f"{f:g}" for f in sweep.y],
            z=gain,
            zmin=-reach,
            zmax=reach,
            colorscale=COLORSCALE,
            customdata=values,
            colorbar={"title": {"text": "against<br>one center"}, "tickformat": "+.0%"},
            hovertemplate=(
                "theta %{x:.2f}, f = %{y}: %{customdata:.1%}, %{z:+.1%} against one center"
                "<extra></extra>"
            ),
        )
    )
    figure.update_xaxes(title="theta", showgrid=False)
    figure.update_yaxes(title="f, centers a class", type="category", showgrid=False)
    return figure


def theta_alt(sweep: Sweep, look: Look) -> str:
    """What the map says."""
    values, baseline = sweep.seen(look)
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    better = float((values > baseline + 1e-6).mean())
    return (
        f"{_WORDS[look]} over theta and f: best {values.max():.1%} at theta "
        f"{sweep.x[column]:.2f}, f = {sweep.y[row]:g}; one center a class {baseline[0]:.1%}; "
        f"better than that in {better:.0%} of the map."
    )


def ratio_figure(sweep: Sweep, look: Look, height: int = 400) -> go.Figure:
    """Draw accuracy over the imbalance ratio, one line a theta, and one center a class."""
    figure = base_figure(height, hovermode="x unified")
    found, baseline = sweep.seen(look)
    figure.add_trace(
        go.Scatter(
            x=sweep.x,
            y=baseline,
            mode="lines",
            name="one center",
            line={"color": "#8a8f98", "dash": "dash", "width": 2},
            hovertemplate="%{y:.1%}",
        )
    )
    for number, (theta, values) in enumerate(zip(sweep.y, found, strict=True)):
        figure.add_trace(
            go.Scatter(
                x=sweep.x,
                y=values,
                mode="lines",
                name=f"theta {theta:.2f}",
                line={"color": _LINES[number % len(_LINES)], "width": 2.25},
                hovertemplate="%{y:.1%}",
            )
        )
    figure.update_xaxes(title="imbalance ratio", type="log", dtick=1)
    figure.update_yaxes(title=_WORDS[look].lower(), tickformat=".0%")
    return figure


def ratio_alt(sweep: Sweep, look: Look) -> str:
    """What the lines say."""
    found, baseline = sweep.seen(look)
    ends = "; ".join(
        f"theta {theta:.2f} from {values[0]:.1%} to {values[-1]:.1%}"
        for theta, values in zip(sweep.y, found, strict=True)
    )
    return (
        f"{_WORDS[look]} from ratio {sweep.x[0]:g} to {sweep.x[-1]:g}: {ends}; one center a "
        f"class from {baseline[0]:.1%} to {baseline[-1]:.1%}."
    )
