"""What the rules of a multi-center frame say where."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.centers.rules import RULE_SHORT, RuleName
from app.centers.toy import CORNERS, Triangle
from app.figures.palette import class_colors, class_symbols
from app.figures.style import base_figure, faded

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CLOUD = "#7a3fa8"


def regions_figure(
    places: FloatArray,
    regions: Mapping[RuleName, IntArray],
    pair: tuple[int, int],
    names: list[str],
    height: int = 285,
) -> go.Figure:
    """Draw the regions of every rule in a plane, with the two collapsed classes as points.

    Parameters
    ----------
    places, regions
        As `app.centers.toy.plane_regions` gives them.
    pair : (int, int)
        Classes along the axes.
    names : list of K str
    height : int
        Pixels.
    """
    K = len(names)
    colors, symbols = class_colors(K), class_symbols(K)
    figure = base_figure(height, showlegend=False)
    for number, (rule, classes) in enumerate(regions.items()):
        axis = "" if number == 0 else str(number + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "meta": RULE_SHORT[rule]}
        figure.add_trace(_cells(places, classes, colors).update(place))
        figure.add_trace(
            go.Scatter(
                x=[1, 0],
                y=[0, 1],
                mode="markers+text",
                text=[str(k + 1) for k in pair],
                textposition="bottom right",
                marker={
                    "color": [colors[k] for k in pair],
                    "symbol": [symbols[k] for k in pair],
                    "size": 11,
                    "line": {"color": "white", "width": 1},
                },
                hovertext=[f"Features of {names[k]}" for k in pair],
                hoverinfo="text",
                **place,
            )
        )
        left = number / len(regions)
        bare = {"showgrid": False, "zeroline": False, "dtick": 1, "constrain": "domain"}
        span = {"range": (places[0], places[-1])} | bare
        figure.update_layout(
            {
                f"xaxis{axis}": span
                | {
                    "domain": (left, left + 0.92 / len(regions)),
                    "constraintoward": "left",
                },
                f"yaxis{axis}": span
                | {
                    "anchor": f"x{axis}",
                    "scaleanchor": f"x{axis}",
                    "constraintoward": "top",
                    "showticklabels": number == 0,
                    "ticks": "outside" if number == 0 else "",
                },
            }
        )
        figure.add_annotation(
            text=RULE_SHORT[rule],
            x=left,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
        )
    return figure


def regions_alt(
    regions: Mapping[RuleName, IntArray], pair: tuple[int, int], names: list[str]
) -> str:
    """What the regions say: how much of the first quadrant each rule gives the second class."""
    parts = []
    for rule, classes in regions.items():
        half = len(classes) // 2
        quadrant = classes[half:, half:]
        parts.append(f"{RULE_SHORT[rule]} {(quadrant == pair[1]).mean():.0%}")
    return (
        f"Of the quadrant between the mean directions of {names[pair[0]]} and {names[pair[1]]}, "
        f"{names[pair[1]]} gets: {', '.join(parts)}."
    )


def triangle_figure(triangles: Mapping[str, Triangle], height: int = 330) -> go.Figure:
    """Draw the cells of three decision vectors for each way of owning them, with the cloud."""
    figure = base_figure(height, showlegend=False)
    for number, (title, toy) in enumerate(triangles.items()):
        axis = "" if number == 0 else str(number + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "meta": title}
        colors = class_colors(max(toy.owners) + 1)
        for corner in range(3):
            x, y = _cell(corner).T
            owner = toy.owners[corner]
            figure.add_trace(
                go.Scatter(
                    x=x,
                    y=y,
                    fill="toself",
                    fillcolor=faded(colors[owner], 0.22),
                    mode="lines",
                    line={"color": faded(colors[owner], 0.7), "width": 1},
                    hoveron="fills",
                    text=f"class {owner + 1}",
                    hoverinfo="text",
                    **place,
                )
            )
        figure.add_trace(_cloud(toy).update(place))
        figure.add_trace(_corners(toy, colors).update(place))
        left = number / len(triangles)
        hidden = {"visible": False}
        figure.update_layout(
            {
                f"xaxis{axis}": hidden
                | {"domain": (left, left + 0.94 / len(triangles)), "range": (-1.25, 1.25)},
                f"yaxis{axis}": hidden
                | {"anchor": f"x{axis}", "scaleanchor": f"x{axis}", "range": (-0.85, 1.25)},
            }
        )
        shares = ", ".join(f"{100 * share:.0f}" for share in toy.guessed)
        figure.add_annotation(
            text=f"{title}: {shares} %",
            x=left,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
        )
    return figure


def _cells(places: FloatArray, classes: IntArray, colors: list[str]) -> go.Heatmap:
    """Classes as flat colours; clear where none wins."""
    K = len(colors)
    steps = [faded("#808080", 0.12), *(faded(color, 0.35) for color in colors)]
    edges = np.linspace(0, 1, K + 2)
    scale = [[edge, color] for n, color in enumerate(steps) for edge in edges[n : n + 2]]
    return go.Heatmap(
        x=places,
        y=places,
        z=classes.astype(np.int8),
        zmin=-1.5,
        zmax=K - 0.5,
        colorscale=scale,
        showscale=False,
        hoverinfo="skip",
    )


def _cell(corner: int) -> FloatArray:
    """Outline of the cell of a corner of the triangle: a third of it around the middle."""
    others = [c for c in range(3) if c != corner]
    middles = [(CORNERS[corner] + CORNERS[other]) / 2 for other in others]
    outline = [np.zeros(2), middles[0], CORNERS[corner], middles[1], np.zeros(2)]
    return np.array(outline) * 1.15


def _cloud(toy: Triangle) -> go.Scatter:
    return go.Scatter(
        x=toy.cloud[:, 0],
        y=toy.cloud[:, 1],
        mode="markers",
        marker={"color": _CLOUD, "size": 3, "opacity": 0.45},
        hoverinfo="skip",
    )


def _corners(toy: Triangle, colors: list[str]) -> go.Scatter:
    return go.Scatter(
        x=CORNERS[:, 0],
        y=CORNERS[:, 1],
        mode="markers+text",
        text=[f"{owner + 1}" for owner in toy.owners],
        textposition=["middle right", "bottom center", "bottom center"],
        marker={"color": [colors[owner] for owner in toy.owners], "size": 12, "symbol": "diamond"},
        hoverinfo="skip",
    )
