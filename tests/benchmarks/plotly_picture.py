"""The live picture as a Plotly figure: the same polygons, points and marks, three panels."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.adjust import score_function
from app.figures.palette import class_colors
from app.scenes import geometry_at, logits_at, planes_at, points_at, setup_at
from app.scenes.regions import plane_regions
from app.ui.live_words import parameters_of


def plotly_picture(scene, state, trace=go.Scatter):
    """Draw what the canvas shows, with the points as SVG (`go.Scatter`) or WebGL marks."""
    figure = make_subplots(cols=len(state.rules))
    colors = class_colors(scene.num_classes)
    points = points_at(scene, state.ratio, state.spread, state.s)
    labels = scene.labels[: len(points)]
    means = geometry_at(scene, state.ratio)[2]
    logits = logits_at(scene, state.ratio, state.spread, state.s, state.norm)
    weights, bias = planes_at(scene, state.ratio, state.norm)
    setup = setup_at(scene, state.ratio)
    for col, rule in enumerate(state.rules, start=1):
        place = {"row": 1, "col": col}
        parameters = parameters_of(rule, scene.num_classes, state)
        for face in plane_regions(rule, weights, bias, setup, parameters, scene.window):
            figure.add_trace(_region(face, colors), **place)
        scores = score_function(rule, setup, parameters)(logits[: len(points)])
        right = scores.argmax(axis=1) == labels
        for k, color in enumerate(colors):
            for good, symbol in ((True, "circle"), (False, "x")):
                x, y = points[(labels == k) & (right == good)].T
                marks = {"color": color, "size": 5, "symbol": symbol}
                figure.add_trace(trace(x=x, y=y, mode="markers", marker=marks), **place)
        figure.add_trace(go.Scatter(x=means[:, 0], y=means[:, 1], mode="markers"), **place)
    low, high = scene.window[:2]
    figure.update_xaxes(range=[low, high])
    figure.update_yaxes(range=[low, high])
    figure.update_layout(showlegend=False, width=1240, height=420)
    return figure


def _region(face, colors):
    x, y = np.vstack([face.polygon, face.polygon[:1]]).T
    fill = colors[face.winners[0]]
    return go.Scatter(
        x=x, y=y, fill="toself", fillcolor=fill, opacity=0.3, mode="lines", hoverinfo="skip"
    )
