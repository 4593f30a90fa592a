"""What all charts share: fonts and grid come from Streamlit's theme, the rest from here."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.adjust.adjusters import AdjusterName

# One colour and dash an adjuster, told apart by colour-blind eyes (after Okabe and Ito, 2008) and
# readable on the light and the dark background; class colours are in `palette`.
ADJUSTER_COLORS: dict[AdjusterName, str] = {
    "raw": "#8a8f98",
    "mla": "#d55e00",
    "ala": "#0f86c9",
    "1vs1": "#a85ca0",
    "tau-norm": "#00936b",
    "vs": "#b8860b",
    "temperature": "#8a8f98",
}
ADJUSTER_DASHES: dict[AdjusterName, str] = {
    "raw": "dash",
    "mla": "solid",
    "ala": "solid",
    "1vs1": "dashdot",
    "tau-norm": "dot",
    "vs": "longdash",
    "temperature": "dash",
}
CONFIG: dict[str, Any] = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False}


def base_figure(
    height: int,
    data: Sequence[Any] = (),
    xaxis: Mapping[str, Any] | None = None,
    yaxis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure with the margins, legend and hover of all charts.

    Plotly does not check the figure, which costs four times as much as to make it; the tests of
    the pages do. What is given here costs less than what is added to the figure afterwards.

    Parameters
    ----------
    height : int
    data : sequence of traces
    xaxis, yaxis : mapping, optional
        Besides what all axes have.
    layout
        As `go.Layout` takes it.
    """
    axis = {"automargin": True, "zeroline": False}
    return go.Figure(
        list(data),
        {
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None},
            "dragmode": False,
            "xaxis": axis | dict(xaxis or {}),
            "yaxis": axis | dict(yaxis or {}),
            **layout,
        },
        _validate=False,
    )


def settled(figure: go.Figure) -> go.Figure:
    """Make what is sent of a figure once, for one that is kept, drawn often and never changed.

    Plotly copies a figure, its template included, each time that it is drawn.
    """
    sent = figure.to_dict()
    object.__setattr__(figure, "to_dict", lambda: sent)
    return figure


def enlarged(figure: go.Figure) -> go.Figure:
    """The figure for a projector: taller, with larger type and thicker lines."""
    large = go.Figure(figure)
    large.update_layout(height=640, font={"size": 18}, legend={"font": {"size": 17}})
    large.update_xaxes(title={"font": {"size": 19}}, tickfont={"size": 17})
    large.update_yaxes(title={"font": {"size": 19}}, tickfont={"size": 17})
    for trace in large.data:
        if trace.type == "scatter" and trace.line.width:
            trace.line.width *= 1.6
    return large


def faded(color: str, opacity: float) -> str:
    """A "#rrggbb" colour with an opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def plain(text: str) -> str:
    """Text in which Plotly finds no markup; look-alikes, since not all its charts know entities."""
    return text.replace("<", "‹").replace(">", "›").replace("&", "＆")
