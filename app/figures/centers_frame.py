"""A multi-center frame explained in two planes."""

import math
from itertools import chain
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.palette import class_colors
from app.figures.style import base_figure

Annotation = dict[str, Any]

_GREY = "#8a8f98"
_MEAN = "#d55e00"


def frame_figure(
    num_centers: int, theta: float, rank: int, num_classes: int, height: int = 330
) -> go.Figure:
    """Draw how a class's centers and their mean lie to its vector.

    Left the plane of class vector and one arm, in which a center lies theta above the arm. Right
    the plane of class vector and sum of the arms, which holds the mean of the centers, rho from
    the class vector; all centers of the class are seen at one point there.

    Parameters
    ----------
    num_centers : int
        f_k.
    theta : float
        Radians.
    rank : int
        Of the class, from 0, for its colour.
    num_classes : int
    height : int
        Pixels.
    """
    color = class_colors(num_classes)[rank]
    c, s, root = math.cos(theta), math.sin(theta), math.sqrt(num_centers)
    length = math.hypot(c / root, s) or 1.0
    rho = math.atan2(c, root * s)
    vector = ((0.0, 1.0), _GREY, f"w<sub>{rank + 1}</sub>")
    several = num_centers > 1
    arrows = [
        _arrow(0, *vector),
        _arrow(0, (1, 0), _GREY, "v<sub>j</sub>"),
        _arrow(0, (c, s), color, "center"),
        _arrow(1, *vector),
        _arrow(1, (1, 0), _GREY, "Σv/√f"),
        _arrow(1, (c / root, s), color, "centers" if several else "center"),
    ]
    if several:
        arrows.append(_arrow(1, (c / root / length, s / length), _MEAN, "mean", width=4))
    arcs = [
        *_arc(0, 0.0, theta, f"θ {math.degrees(theta):.0f}°"),
        *_arc(1, math.pi / 2 - rho, math.pi / 2, f"ρ {math.degrees(rho):.0f}°"),
    ]
    titles = [_title(0, "Class vector and one arm"), _title(1, "Class vector and all arms")]
    return base_figure(
        height,
        [line for line, _ in arcs],
        **_axes(0),
        **_axes(1),
        showlegend=False,
        hovermode=False,
        annotations=[*titles, *chain(*arrows), *(name for _, name in arcs)],
    )


def alt_text(num_centers: int, theta: float) -> str:
    """What the diagram says."""
    rho = math.degrees(math.atan2(math.cos(theta), math.sqrt(num_centers) * math.sin(theta)))
    many = f"{num_centers} centers" if num_centers > 1 else "One center"
    return (
        f"{many} at {math.degrees(theta):.0f} degrees above the arms; their mean lies {rho:.0f} "
        "degrees from the class vector."
    )


def _axes(number: int) -> dict[str, Any]:
    """The axes of a square plane."""
    axis = "" if number == 0 else str(number + 1)
    span = {"range": (-0.15, 1.28), "showgrid": False, "showticklabels": False, "zeroline": False}
    left = 0.52 * number
    return {
        f"xaxis{axis}": span | {"domain": (left, left + 0.48), "constrain": "domain"},
        f"yaxis{axis}": span | {"anchor": f"x{axis}", "scaleanchor": f"x{axis}"},
    }


def _title(number: int, title: str) -> Annotation:
    """What stands above a plane."""
    return {
        "text": title,
        "x": 0.52 * number,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 14},
    }


def _arrow(
    number: int, tip: tuple[float, float], color: str, name: str, width: float = 2.5
) -> tuple[Annotation, Annotation]:
    """An arrow from the origin, and its name beyond the tip."""
    place = _place(number, *tip)
    arrow = {
        "ax": 0,
        "ay": 0,
        "axref": place["xref"],
        "ayref": place["yref"],
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": width,
        "arrowcolor": color,
        "text": "",
    }
    # Axes are named above and below their tips, what lies between them at its right.
    aside = ((0, 12) if tip[1] else (0, -14)) if color == _GREY else (30, -4)
    label = {"text": name, "showarrow": False, "xshift": aside[0], "yshift": aside[1]}
    return place | arrow, place | label


def _arc(number: int, low: float, high: float, name: str) -> list[tuple[go.Scatter, Annotation]]:
    """An arc of an angle and its name in its middle; none of no angle."""
    if high - low < 1e-6:
        return []
    turns = np.linspace(low, high, 30)
    line = go.Scatter(
        x=0.42 * np.cos(turns),
        y=0.42 * np.sin(turns),
        mode="lines",
        line={"color": _GREY, "width": 1.5},
        xaxis=_axis("x", number),
        yaxis=_axis("y", number),
    )
    middle = (low + high) / 2
    place = _place(number, 0.55 * math.cos(middle), 0.55 * math.sin(middle))
    return [(line, place | {"text": name, "showarrow": False, "font": {"size": 12}})]


def _place(number: int, x: float, y: float) -> Annotation:
    return {"x": x, "y": y, "xref": _axis("x", number), "yref": _axis("y", number)}


def _axis(letter: str, number: int) -> str:
    return letter if number == 0 else f"{letter}{number + 1}"
