"""A method's score over learning rates and weight decays."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.style import base_figure

FloatArray = NDArray[np.float64]


def sensitivity_figure(
    rates: list[str],
    decays: list[str],
    values: FloatArray,
    span: tuple[float, float],
    height: int = 260,
) -> go.Figure:
    """Draw scores (rates, decays) as a map with their numbers.

    Parameters
    ----------
    rates, decays : list of str
    values : (rates, decays) array
        NaN where the method diverged.
    span : (low, high)
        Scores of the lightest and the darkest colour, so that maps can be compared.
    height : int
        Pixels.
    """
    figure = base_figure(height)
    figure.add_trace(
        go.Heatmap(
            z=values.T,
            x=rates,
            y=decays,
            colorscale=[[0, "#f3c9a8"], [0.5, "#d2601a"], [1, "#6b2c0a"]],
            zmin=span[0],
            zmax=span[1],
            showscale=False,
            text=[[_shown(value) for value in row] for row in values.T],
            texttemplate="%{text}",
            hovertemplate="rate %{x}, decay %{y}: %{text}<extra></extra>",
            xgap=1,
            ygap=1,
            hoverongaps=False,
        )
    )
    figure.update_xaxes(title="learning rate", type="category", showgrid=False)
    figure.update_yaxes(title="weight decay", type="category", showgrid=False)
    return figure


def alt_text(rates: list[str], decays: list[str], values: FloatArray, title: str) -> str:
    """What the map says: its best and its worst cell."""
    parts = []
    for word, place in (("best", np.nanargmax(values)), ("worst", np.nanargmin(values))):
        rate, decay = np.unravel_index(place, values.shape)
        shown = _shown(float(values[rate, decay]))
        parts.append(f"{word} {shown} at rate {rates[rate]} and decay {decays[decay]}")
    return f"{title} over learning rates and weight decays: {'; '.join(parts)}."


def _shown(value: float) -> str:
    return "n/a" if np.isnan(value) else f"{value:.1%}"
