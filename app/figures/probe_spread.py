"""Spread of each class's features against its training samples, both logarithmic."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.palette import GROUP_COLORS
from app.figures.style import base_figure, plain
from app.longtail import GROUPS
from app.theory.spread import SpreadFit

FloatArray = NDArray[np.float64]

_LINE = "#8a8f98"
_TEST = "#00936b"


def spread_figure(
    counts: NDArray[np.number],
    groups: NDArray[np.str_],
    labels: list[str],
    train: FloatArray,
    test: FloatArray,
    fits: dict[str, SpreadFit | None],
    height: int = 380,
) -> go.Figure:
    """Draw spreads of training and test rows with their fitted power laws.

    Parameters
    ----------
    counts, groups, train, test : (K,) arrays
        Spreads are NaN or 0 where they are not known, and then not drawn.
    labels : list of K str
    fits : dict
        "train" and "test"; None where nothing can be fitted.
    height : int
        Pixels.
    """
    figure = base_figure(height)
    names = np.array([plain(label) for label in labels])
    for group in GROUPS:
        inside = (groups == group) & (train > 0)
        if inside.any():
            color, title = GROUP_COLORS[group], f"Training rows, {group}"
            figure.add_trace(_points(counts, train, inside, names, title, color, "circle"))
    inside = test > 0
    figure.add_trace(_points(counts, test, inside, names, "Test rows", _TEST, "diamond-open"))
    for (part, fit), values in zip(fits.items(), (train, test), strict=True):
        if fit is not None:
            color = _LINE if part == "train" else _TEST
            figure.add_trace(_line(counts, values, fit, color))
    figure.update_xaxes(type="log", title="training samples of the class", dtick=1)
    figure.update_yaxes(type="log", title="spread of its features", nticks=6)
    return figure


def alt_text(fits: dict[str, SpreadFit | None]) -> str:
    """What the chart says: the exponents."""
    parts = []
    for part, fit in fits.items():
        if fit is None:
            parts.append(f"of {part} rows cannot be fitted")
        else:
            low, high = fit.interval()
            parts.append(
                f"of {part} rows goes as n to the power {-fit.exponent:.2f} "
                f"(95 % interval {-high:.2f} to {-low:.2f})"
            )
    return f"The spread of features {'; that '.join(parts)}."


def _points(
    counts: NDArray[np.number],
    values: FloatArray,
    inside: NDArray[np.bool_],
    names: NDArray[np.str_],
    title: str,
    color: str,
    symbol: str,
) -> go.Scatter:
    return go.Scatter(
        x=counts[inside],
        y=values[inside],
        mode="markers",
        marker={"color": color, "symbol": symbol, "size": 8},
        name=title,
        customdata=names[inside],
        hovertemplate="%{customdata}: %{x:,} samples, spread %{y:.3~g}<extra></extra>",
    )


def _line(counts: NDArray[np.number], values: FloatArray, fit: SpreadFit, color: str) -> go.Scatter:
    """The fitted law: it passes through the means of the logarithms."""
    usable = values > 0
    x, y = np.log(counts[usable]), np.log(values[usable])
    ends = np.array([x.min(), x.max()])
    return go.Scatter(
        x=np.exp(ends),
        y=np.exp(y.mean() - fit.exponent * (ends - x.mean())),
        mode="lines",
        line={"color": color, "width": 1.8, "dash": "dash"},
        showlegend=False,
        hoverinfo="skip",
    )
