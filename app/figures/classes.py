"""Charts over classes, head to tail: counts, who gains and who loses, and which labels move."""

from typing import Any

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
    rank, bars = np.arange(order.size), []
    for group in GROUPS:
        inside = groups[order] == group
        bars.append(
            {
                "type": "bar",
                "x": rank[inside],
                "y": counts[order][inside],
                "name": f"{group.capitalize()} ({int(inside.sum())})",
                "marker": {"color": GROUP_COLORS[group], "line": {"width": 0}},
                "customdata": [plain(labels[k]) for k in order[inside]],
                "hovertemplate": "%{customdata}: %{y:,}<extra></extra>",
            }
        )
    return base_figure(
        height,
        bars,
        xaxis=_rank_axis(order, labels),
        yaxis={"type": "log", "title": "training samples", "dtick": 1},
        bargap=_gap(order),
    )


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
    rank, bars = np.arange(order.size), []
    for group in GROUPS:
        inside = (groups[order] == group) & np.isfinite(change)
        if not inside.any():
            continue
        detail = [
            [plain(labels[k]), f"{raw[k]:.1%}", f"{adjusted[k]:.1%}", f"{int(counts[k]):,}"]
            for k in order[inside]
        ]
        bars.append(
            {
                "type": "bar",
                "x": rank[inside],
                "y": change[inside],
                "name": group.capitalize(),
                "marker": {"color": GROUP_COLORS[group], "line": {"width": 0}},
                "customdata": detail,
                "hovertemplate": "%{customdata[0]} (%{customdata[3]} training samples)<br>"
                "%{customdata[1]} to %{customdata[2]}: %{y:+.1f} points<extra></extra>",
            }
        )
    return base_figure(
        height,
        bars,
        xaxis=_rank_axis(order, labels),
        yaxis={"title": "change of recall, points", "zeroline": True},
        bargap=_gap(order),
    )


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
    places, shown = list(range(len(names))), [plain(name) for name in names]
    few = len(names) <= 12
    heat = {
        "type": "heatmap",
        "z": np.where(flips > 0, flips, np.nan),
        "x": places,
        "y": places,
        "customdata": [[[a, b] for b in shown] for a in shown],
        "hovertemplate": "%{customdata[0]} to %{customdata[1]}: %{z:,} samples<extra></extra>",
        "colorscale": [[0, "#f3c9a8"], [0.5, "#d2601a"], [1, "#6b2c0a"]],
        "colorbar": {"title": "samples", "thickness": 12},
        "showscale": not few,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "text": np.where(flips > 0, flips.astype(str), "") if few else None,
        "texttemplate": "%{text}" if few else None,
    }
    kind = "ranks" if binned else "class"
    step = max(1, len(names) // 12)
    ticks = {"tickvals": places[::step], "ticktext": [shortened(n) for n in names[::step]]}
    ticks |= {"showgrid": False}
    return base_figure(
        height,
        [heat],
        xaxis=ticks | {"title": f"adjusted {kind}, head to tail", "tickangle": -40},
        yaxis=ticks | {"title": f"raw {kind}", "autorange": "reversed"},
    )


def _gap(order: IntArray) -> float:
    """Between bars, where there is room for any."""
    return 0.15 if order.size <= _MOST_BARS else 0


def _rank_axis(order: IntArray, labels: list[str]) -> dict[str, Any]:
    """Class names under few classes, ranks under many."""
    if order.size > 20:
        return {"title": "class, most frequent first"}
    names = [shortened(labels[k]) for k in order]
    return {"tickvals": list(range(order.size)), "ticktext": names, "tickangle": -40}
