"""Metrics of several runs over their training, one below the other on one axis of steps."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.collapse_curves import COLORS, collapse_curves_figure
from app.figures.palette import SYMBOLS
from app.figures.style import base_figure, plain

FloatArray = NDArray[np.float64]

_GAP = 48  # pixels between panels, for the title of the lower one
_EDGES = 90  # pixels of legend and axis title


class Course(NamedTuple):
    """What a run keeps of its metrics.

    Attributes
    ----------
    steps : (T,) array
        Rising; 0 is the state before training.
    curves : mapping of str to (T,) array
        By metric.
    """

    steps: FloatArray
    curves: Mapping[str, FloatArray]


def compare_curves_figure(
    courses: Mapping[str, Course], metrics: Mapping[str, str], panel: int = 190
) -> go.Figure:
    """Draw a panel a metric and in each a line a run; all axes logarithmic, one for the steps.

    Parameters
    ----------
    courses : mapping of str to Course
        By title of the run, plain text, in the order of the legend.
    metrics : mapping of str to str
        Title of each metric to draw.
    panel : int
        Height of a panel in pixels.
    """
    height = _EDGES + len(metrics) * (panel + _GAP)
    figure = base_figure(height, hovermode="x unified", hoversubplots="axis")
    for row, metric in enumerate(metrics):
        for number, (title, course) in enumerate(courses.items()):
            if metric in course.curves:
                line = _line(title, course, metric, number, row)
                figure.add_trace(line.update(meta=metrics[metric]))
    _lay_out(figure, list(metrics.values()), _GAP / (panel + _GAP))
    _draw_legend(figure)
    steps = np.concatenate([course.steps for course in courses.values()])
    axis = collapse_curves_figure(steps, {}).layout.xaxis
    figure.update_layout(xaxis=axis)
    # One axis under the lowest panel serves all of them: a part looked at is the same in each.
    figure.update_layout(dragmode="zoom", xaxis_anchor=_axis(len(metrics) - 1))
    return figure


def alt_text(courses: Mapping[str, Course], metrics: Mapping[str, str]) -> str:
    """What the chart says: where every line ends."""
    parts = []
    for metric, words in metrics.items():
        ends = (
            f"{title} {course.curves[metric][-1]:.3g}"
            for title, course in courses.items()
            if metric in course.curves
        )
        parts.append(f"{words}: {', '.join(ends) or 'not known'}")
    return f"At the last step, {'; '.join(parts)}."


def _line(title: str, course: Course, metric: str, number: int, row: int) -> go.Scatter:
    drawn = collapse_curves_figure(course.steps, {title: course.curves[metric]}).data[0]
    drawn.update(
        line={"color": COLORS[number % len(COLORS)]},
        marker={"symbol": SYMBOLS[number % len(SYMBOLS)]},
        yaxis=_axis(row),
    )
    return drawn


def _lay_out(figure: go.Figure, titles: Sequence[str], gap: float) -> None:
    """Panels of one height from the top down, each under its title; ``gap`` is a share of both."""
    share = 1 / (len(titles) - gap)
    for row, title in enumerate(titles):
        top = 1 - row * share
        panel = {
            "domain": [max(0.0, top - share * (1 - gap)), top],
            "anchor": "x",
            "type": "log",
            "exponentformat": "power",
            "nticks": 6,
            "automargin": True,
            "zeroline": False,
            "fixedrange": True,
        }
        figure.update_layout({"yaxis" + _axis(row)[1:]: panel})
        place = {"x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left"}
        figure.add_annotation(text=plain(title), yanchor="bottom", showarrow=False, **place)


def _draw_legend(figure: go.Figure) -> None:
    """One entry a run, above all panels."""
    seen: set[str] = set()
    for trace in figure.data:
        trace.showlegend = trace.legendgroup not in seen
        seen.add(trace.legendgroup)
    figure.update_layout(margin={"t": 70}, legend={"yref": "container", "y": 1.0, "yanchor": "top"})


def _axis(row: int) -> str:
    """Name of the vertical axis of a panel."""
    return "y" if row == 0 else f"y{row + 1}"
