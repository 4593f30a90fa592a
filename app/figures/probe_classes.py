"""What re-training methods do class by class, head to tail, and its balance against accuracy."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.probe_style import STYLES
from app.figures.style import base_figure, plain
from app.probe import METHODS, MethodName

FloatArray = NDArray[np.float64]

BINS = 10
"""Bins of classes that are drawn beyond twenty classes, as in Lu et al., 2024."""
_MOST_CLASSES = 20


def class_bins(order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Classes from head to tail, one by one or, where they are many, in ten bins."""
    return np.array_split(order, order.size if order.size <= _MOST_CLASSES else BINS)


def class_lines_figure(
    bins: list[NDArray[np.int64]],
    values: dict[MethodName, FloatArray],
    y_title: str,
    height: int = 320,
) -> go.Figure:
    """Draw a measure of every method over classes, head to tail.

    Parameters
    ----------
    bins : list of int arrays
        Of `class_bins`; values are averaged within.
    values : dict of (K,) arrays
        NaN where the measure is not defined.
    y_title : str
    height : int
        Pixels.
    """
    figure = base_figure(height)
    each = all(part.size == 1 for part in bins)
    places = np.arange(1, len(bins) + 1)
    for name, found in values.items():
        style = STYLES[name]
        figure.add_trace(
            go.Scatter(
                x=places,
                y=[_mean(found[part]) for part in bins],
                mode="lines+markers",
                line={"color": style.color, "dash": style.dash, "width": 1.8},
                marker={"symbol": style.symbol, "size": 7},
                name=METHODS[name].title,
                hovertemplate=f"{METHODS[name].title}: %{{y:.3~g}}<extra></extra>",
            )
        )
    figure.update_xaxes(
        title="class, head to tail" if each else f"classes in {len(bins)} bins, head to tail",
        nticks=10,
    )
    figure.update_yaxes(title=plain(y_title), exponentformat="power")
    return figure


def lines_alt(
    bins: list[NDArray[np.int64]], values: dict[MethodName, FloatArray], y_title: str
) -> str:
    """What such a chart says: head and tail of every line."""
    parts = [
        f"{METHODS[name].title} {_mean(found[bins[0]]):.3g} to {_mean(found[bins[-1]]):.3g}"
        for name, found in values.items()
    ]
    return f"{y_title} from the head to the tail class: {'; '.join(parts)}."


def balance_figure(
    balances: dict[MethodName, float],
    accuracies: dict[MethodName, float],
    y_title: str,
    height: int = 320,
) -> go.Figure:
    """Draw each method's score against the unevenness of its logits magnitudes."""
    figure = base_figure(height, showlegend=False)
    for name, uneven in balances.items():
        style = STYLES[name]
        figure.add_trace(
            go.Scatter(
                x=[uneven],
                y=[accuracies[name]],
                mode="markers",
                marker={"color": style.color, "symbol": style.symbol, "size": 11},
                name=METHODS[name].title,
                hovertemplate=f"{METHODS[name].title}<br>CV %{{x:.2f}}, %{{y:.1%}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="CV of L")
    figure.update_yaxes(title=plain(y_title), tickformat=".0%")
    return figure


def balance_alt(
    balances: dict[MethodName, float], accuracies: dict[MethodName, float], y_title: str
) -> str:
    """What that chart says."""
    parts = [
        f"{METHODS[name].title} {uneven:.2f} with {accuracies[name]:.1%}"
        for name, uneven in balances.items()
    ]
    return f"CV of the logits magnitude, and {y_title}: {'; '.join(parts)}."


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
