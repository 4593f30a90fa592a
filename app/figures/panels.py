"""The boundary picture of a scene: the regions of rules side by side, and the points in them."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.adjust import Face
from app.figures.palette import class_colors, class_symbols
from app.figures.style import base_figure, faded, plain
from app.scenes import Scene
from app.scenes.panel import Panel

FloatArray = NDArray[np.float64]

_TIE = "#8a8f98"


def panels_figure(
    scene: Scene, panels: Mapping[str, Panel], points: FloatArray, height: int = 460
) -> go.Figure:
    """Draw panels side by side.

    Parameters
    ----------
    scene : Scene
    panels : mapping of title to Panel
        Of `app.scenes.panel.panel_at`.
    points : (P, 2) array
        Those that are drawn, of `app.scenes.points_at`.
    height : int
        Pixels.
    """
    titles = [plain(title) for title in panels]
    figure = make_subplots(1, len(panels), subplot_titles=titles, horizontal_spacing=0.02)
    figure.update_layout(base_figure(height, hovermode="closest").layout)
    # Below the panels: their titles stand above.
    figure.update_layout(legend={"y": 0, "yanchor": "top"})
    for number, (title, panel) in enumerate(zip(titles, panels.values(), strict=True), 1):
        for trace in (*_regions(scene, panel), *_points(scene, panel, points)):
            figure.add_trace(trace.update(meta=title, showlegend=trace.showlegend and number == 1))
            figure.data[-1].update(xaxis=f"x{number}", yaxis=f"y{number}")
    left, right, low, high = scene.window
    figure.update_xaxes(range=[left, right], visible=False, constrain="domain")
    figure.update_yaxes(range=[low, high], visible=False, constrain="domain")
    for number in range(1, len(panels) + 1):
        figure.update_yaxes(scaleanchor=f"x{number}", col=number)
    return figure


def _regions(scene: Scene, panel: Panel) -> list[go.Scatter]:
    """One trace for each set of winners: its polygons, parted by gaps."""
    parts: dict[tuple[int, ...], list[Face]] = {}
    for face in panel.faces:
        parts.setdefault(face.winners, []).append(face)
    colors = class_colors(scene.num_classes)
    return [
        go.Scatter(
            **_outline(faces),
            mode="lines",
            fill="toself",
            fillcolor=faded(colors[winners[0]] if len(winners) == 1 else _TIE, 0.3),
            line={"color": faded(_TIE, 0.5), "width": 1},
            name=" or ".join(f"Region of {_name(scene, k)}" for k in winners),
            hoverinfo="name",
            hoveron="fills",
            showlegend=False,
        )
        for winners, faces in parts.items()
    ]


def _outline(faces: list[Face]) -> dict[str, FloatArray]:
    gap = np.full((1, 2), np.nan)
    rows = [part for face in faces for part in (face.polygon, face.polygon[:1], gap)]
    x, y = np.concatenate(rows[:-1]).T
    return {"x": x, "y": y}


def _points(scene: Scene, panel: Panel, points: FloatArray) -> list[go.Scatter]:
    """One trace a class; points that are predicted wrong are outlined."""
    labels, predictions = (each[: len(points)] for each in (scene.labels, panel.predictions))
    names = np.array([_name(scene, k) for k in range(scene.num_classes)])
    colors, symbols = class_colors(names.size), class_symbols(names.size)
    return [
        go.Scatter(
            x=points[own, 0].astype(np.float32),
            y=points[own, 1].astype(np.float32),
            mode="markers",
            marker={
                "color": colors[k],
                "symbol": symbols[k],
                "size": 5,
                "opacity": 0.8,
                "line": {"color": "black", "width": (predictions[own] != k).astype(np.float32)},
            },
            name=names[k],
            legendgroup=names[k],
            customdata=names[predictions[own]],
            hovertemplate=f"{names[k]}, predicted %{{customdata}}<extra></extra>",
            showlegend=True,
        )
        for k in scene.shown
        if (own := labels == k).any()
    ]


def _name(scene: Scene, k: int) -> str:
    return plain(scene.class_names[k])
