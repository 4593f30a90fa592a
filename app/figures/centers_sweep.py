"""Sweeps of multi-center frames against one center a class."""

import numpy as np
import plotly.graph_objects as go

from app.centers.sweep import Sweep
from app.figures.gram import COLORSCALE
from app.figures.style import base_figure

_LINES = ("#1852ad", "#7f5174", "#ad4c54", "#d2601a", "#c59b76")


def theta_figure(sweep: Sweep, height: int = 400) -> go.Figure:
    """Draw accuracy less that of one center a class, over theta and centers a class."""
    figure = base_figure(height)
    gain = sweep.values - sweep.baseline
    reach = max(float(np.abs(gain).max()), 1e-3)
    figure.add_trace(
        go.Heatmap(
            x=sweep.x,
            y=[f"{f:g}" for f in sweep.y],
            z=gain,
            zmin=-reach,
            zmax=reach,
            colorscale=COLORSCALE,
            customdata=np.stack([sweep.values, sweep.worst], axis=2),
            colorbar={"title": {"text": "against<br>one center"}, "tickformat": "+.0%"},
            hovertemplate=(
                "theta %{x:.2f}, f = %{y}: %{customdata[0]:.1%}, %{z:+.1%} against one center; "
                "worst class %{customdata[1]:.1%}<extra></extra>"
            ),
        )
    )
    figure.update_xaxes(title="theta")
    figure.update_yaxes(title="f, centers a class", type="category")
    return figure


def theta_alt(sweep: Sweep) -> str:
    """What the map says."""
    gain = sweep.values - sweep.baseline
    row, column = np.unravel_index(int(sweep.values.argmax()), gain.shape)
    better = float((gain > 1e-6).mean())
    return (
        f"Balanced accuracy over theta and f: best {sweep.values.max():.1%} at theta "
        f"{sweep.x[column]:.2f}, f = {sweep.y[row]:g}; one center a class {sweep.baseline[0]:.1%}; "
        f"better than that in {better:.0%} of the map."
    )


def ratio_figure(sweep: Sweep, height: int = 400) -> go.Figure:
    """Draw accuracy over the imbalance ratio, one line a theta, and one center a class."""
    figure = base_figure(height, hovermode="x unified")
    figure.add_trace(
        go.Scatter(
            x=sweep.x,
            y=sweep.baseline,
            mode="lines",
            name="one center",
            line={"color": "#8a8f98", "dash": "dash", "width": 2},
            hovertemplate="%{y:.1%}",
        )
    )
    for number, (theta, values) in enumerate(zip(sweep.y, sweep.values, strict=True)):
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
    figure.update_yaxes(title="balanced accuracy", tickformat=".0%")
    return figure


def ratio_alt(sweep: Sweep) -> str:
    """What the lines say."""
    ends = "; ".join(
        f"theta {theta:.2f} from {values[0]:.1%} to {values[-1]:.1%}"
        for theta, values in zip(sweep.y, sweep.values, strict=True)
    )
    return (
        f"Balanced accuracy from ratio {sweep.x[0]:g} to {sweep.x[-1]:g}: {ends}; one center a "
        f"class from {sweep.baseline[0]:.1%} to {sweep.baseline[-1]:.1%}."
    )
