"""Decision cells in the plane, filled, with class vectors and names on the picture."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.palette import class_colors
from app.figures.style import base_figure, faded

FloatArray = NDArray[np.float64]


def cells_figure(
    panels: list[tuple[str, list[FloatArray]]],
    weights: FloatArray,
    names: list[str],
    window: tuple[float, float, float, float],
    height: int = 340,
) -> go.Figure:
    """Draw one panel a rule, side by side, with the same classes.

    Parameters
    ----------
    panels : list of (title, cells)
        Cells are polygons (V, 2), one a class, as `app.adjust.decision_cells` returns them.
    weights : (K, 2) array
        Class vectors, drawn as arrows from the origin.
    names : list of K str
        Written where the arrows end.
    window : (xmin, xmax, ymin, ymax)
    """
    figure = base_figure(height, showlegend=False)
    colors = class_colors(len(names))
    share = 1 / len(panels)
    for p, (title, cells) in enumerate(panels):
        axis = "" if p == 0 else str(p + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "skip"}
        for cell, color in zip(cells, colors, strict=True):
            if len(cell):
                closed = np.vstack([cell, cell[:1]])
                figure.add_trace(
                    go.Scatter(
                        x=closed[:, 0],
                        y=closed[:, 1],
                        fill="toself",
                        fillcolor=faded(color, 0.35),
                        mode="lines",
                        line={"color": color, "width": 1.5},
                        **place,
                    )
                )
        for vector, name, color in zip(weights, names, colors, strict=True):
            figure.add_trace(
                go.Scatter(
                    x=[0, vector[0]],
                    y=[0, vector[1]],
                    mode="lines+markers+text",
                    line={"color": color, "width": 3},
                    marker={"size": [0, 9], "color": color},
                    text=["", name],
                    textposition="top center" if vector[1] > 0 else "bottom center",
                    textfont={"size": 14},
                    **place,
                )
            )
        hidden = {"visible": False, "fixedrange": True}
        left, right = (p + 0.02) * share, (p + 0.98) * share
        figure.update_layout(
            {
                f"xaxis{axis}": {
                    **hidden,
                    "domain": [left, right],
                    "range": window[:2],
                    "constrain": "domain",
                },
                f"yaxis{axis}": {
                    **hidden,
                    "anchor": f"x{axis}",
                    "range": window[2:],
                    "scaleanchor": f"x{axis}",
                },
            }
        )
        figure.add_annotation(
            text=title,
            x=(left + right) / 2,
            y=1.02,
            xref="paper",
            yref="paper",
            xanchor="center",
            yanchor="bottom",
            showarrow=False,
            font={"size": 15},
        )
    return figure
