"""Charts over classes, head to tail: counts, who gains and who loses, and which labels move."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.class_axis import shortened
from app.figures.palette import GROUP_COLORS
from app.figures.style import base_figure, plain
from app.longtail import GROUPS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MOST_BARS = 120


def frequency_order(counts: NDArray[np.number]) -> IntArray:
    """Classes from the most to the least frequent, (K,); equal counts keep their order."""
    return np.argsort(-np.asarray(counts), kind="stable")


def counts_figure(
    counts: NDArray[np.number], groups: NDArray[np.str_], labels: list[str], height: int = 260
) -> go.Figure:
    """Training samples of each class on a logarithmic axis, head to tail, coloured by group."""
    order = frequency_order(counts)
    figure = base_figure(height, bargap=0.15 if order.size <= _MOST_BARS else 0)
    rank = np.arange(order.size)
    for group in GROUPS:
        inside = groups[order] == group
        figure.add_trace(
            go.Bar(
                x=rank[inside],
                y=counts[order][inside],
                name=f"{group.capitalize()} ({int(inside.sum())})",
                marker={"color": GROUP_COLORS[group], "line": {"width": 0}},
                customdata=[plain(labels[k]) for k in order[inside]],
                hovertemplate="%{customdata}: %{y:,}<extra></extra>",
            )
        )
    figure.update_yaxes(type="log", title="training samples", dtick=1)
    _rank_axis(figure, order, labels)
    return figure


def recall_change_figure(
    counts: NDArray[np.number],
    groups: NDArray[np.str_],
    labels: list[str],
    raw: FloatArray,
    adjusted: FloatArray,
    height: int = 320,
) -> go.Figure:
    """Change of each class's recall against raw, in points, head to tail; bars up gain.

    Parameters
    ----------
    counts, groups, raw, adjusted : (K,) arrays
        Recalls are NaN for a class without samples, which gets no bar.
    labels : list of K str
    """
    order = frequency_order(counts)
    change = 100 * (adjusted - raw)[order]
    figure = base_figure(height, bargap=0.15 if order.size <= _MOST_BARS else 0)
    rank = np.arange(order.size)
    for group in GROUPS:
        inside = (groups[order] == group) & np.isfinite(change)
        if not inside.any():
            continue
        detail = [
            [plain(labels[k]), f"{raw[k]:.1%}", f"{adjusted[k]:.1%}", f"{int(counts[k]):,}"]
            for k in order[inside]
        ]
        figure.add_trace(
            go.Bar(
                x=rank[inside],
                y=change[inside],
                name=group.capitalize(),
                marker={"color": GROUP_COLORS[group], "line": {"width": 0}},
                customdata=detail,
                hovertemplate="%{customdata[0]} (%{customdata[3]} training samples)<br>"
                "%{customdata[1]} to %{customdata[2]}: %{y:+.1f} points<extra></extra>",
            )
        )
    figure.update_yaxes(title="change of recall, points", zeroline=True)
    _rank_axis(figure, order, labels)
    return figure


def flips_figure(
    flips: IntArray, names: list[str], binned: bool = False, height: int = 420
) -> go.Figure:
    """Samples whose prediction moved, from a raw class (row) to an adjusted class (column).

    Parameters
    ----------
    flips : (B, B) array
        Numbers of samples, head to tail, zero on the diagonal.
    names : list of B str
        Of the classes, or of bins of frequency ranks if ``binned``.
    """
    places = list(range(len(names)))
    figure = base_figure(height)
    few = len(names) <= 12
    figure.add_trace(
        go.Heatmap(
            z=np.where(flips > 0, flips, np.nan),
            x=places,
            y=places,
            customdata=np.array([[[plain(a), plain(b)] for b in names] for a in names]),
            hovertemplate="%{customdata[0]} to %{customdata[1]}: %{z:,} samples<extra></extra>",
            colorscale=[[0, "#f3c9a8"], [0.5, "#d2601a"], [1, "#6b2c0a"]],
            colorbar={"title": "samples", "thickness": 12},
            showscale=not few,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            text=np.where(flips > 0, flips.astype(str), "") if few else None,
            texttemplate="%{text}" if few else None,
        )
    )
    kind = "ranks" if binned else "class"
    step = max(1, len(names) // 12)
    ticks = {"tickvals": places[::step], "ticktext": [shortened(n) for n in names[::step]]}
    figure.update_xaxes(
        title=f"adjusted {kind}, head to tail", showgrid=False, tickangle=-40, **ticks
    )
    figure.update_yaxes(title=f"raw {kind}", autorange="reversed", showgrid=False, **ticks)
    return figure


def _rank_axis(figure: go.Figure, order: IntArray, labels: list[str]) -> None:
    """Class names under few classes, ranks under many."""
    if order.size <= 20:
        names = [shortened(labels[k]) for k in order]
        figure.update_xaxes(tickvals=list(range(order.size)), ticktext=names, tickangle=-40)
    else:
        figure.update_xaxes(title="class, most frequent first")
