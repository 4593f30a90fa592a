"""What lies on a phase diagram: the map, theory's borders, measured borders, marks of cells.

In all of them x and y are logarithms to base ten of the imbalance ratio and the decay.
"""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from app.figures.style import plain

FloatArray = NDArray[np.float64]

# Colour and dash of theory's curves. They lie on a light rim, which parts them from the dark end
# of the colour scale, and are dark enough for its light end and for a light page.
LINES = (
    ("#d55e00", "solid"),
    ("#c0399f", "dash"),
    ("#00875f", "dot"),
    ("#0b6fae", "dashdot"),
    ("#9a6b00", "longdash"),
)
RIM = "rgba(255,255,255,0.85)"
_PICKED = "#d55e00"
COLORS = "Cividis"


def heat(
    x: FloatArray, y: FloatArray, values: FloatArray, title: str, levels: int | None
) -> go.Heatmap:
    """The measured values, (R, C); with ``levels`` one colour for each whole number up to it."""
    bar: dict[str, object] = {"title": {"text": plain(title), "side": "right"}, "thickness": 12}
    if levels is None:
        colors: dict[str, object] = {"zmin": 0, "colorscale": COLORS}
    else:
        colors = {"zmin": -0.5, "zmax": levels + 0.5, "colorscale": _stepped(levels + 1)}
        bar |= {"tickmode": "linear", "tick0": 0, "dtick": 1 if levels <= 12 else 2}
    return go.Heatmap(
        x=x.tolist(),
        y=y.tolist(),
        z=values.astype(np.float32),
        **colors,
        hoverinfo="skip",
        hoverongaps=False,
        colorbar=bar,
    )


def _stepped(count: int) -> list[list[object]]:
    """The colour scale in steps of equal length."""
    colors = sample_colorscale(COLORS, np.linspace(0, 1, count).tolist())
    return [[(n + end) / count, color] for n, color in enumerate(colors) for end in (0, 1)]


def border_traces(
    ratios: FloatArray, decays: FloatArray, name: str, color: str, dash: str
) -> tuple[go.Scatter, go.Scatter]:
    """One curve: a light rim, and the line with its name on top; one of many parts is thin."""
    good = np.isfinite(ratios) & np.isfinite(decays) & (ratios > 0) & (decays > 0)
    x, y = (np.log10(np.where(good, values, np.nan)) for values in (ratios, decays))
    parts = int((good & np.insert(~good[:-1], 0, True)).sum())
    width = 3.0 if parts <= 2 else 1.5
    shared = {"x": x.astype(np.float32), "y": y.astype(np.float32), "mode": "lines"}
    rim = go.Scatter(
        **shared,
        line={"color": RIM, "width": 2 * width},
        legendgroup=name,
        showlegend=False,
        hoverinfo="skip",
    )
    line = go.Scatter(
        **shared,
        line={"color": color, "width": width, "dash": dash},
        name=plain(name),
        legendgroup=name,
        hoverinfo="skip",
    )
    return rim, line


def dots(x: FloatArray, border: FloatArray) -> go.Scatter:
    """A dot at the decay of the measured border in each column, (C,); none where it is NaN."""
    known = np.isfinite(border)
    return go.Scatter(
        x=x[known].astype(np.float32),
        y=np.log10(border[known]).astype(np.float32),
        mode="markers",
        marker={"size": 8, "color": "white", "line": {"color": "#222222", "width": 1.5}},
        unselected={"marker": {"opacity": 1}},
        name="measured border",
        hoverinfo="skip",
    )


def pick_mark(x: float, y: float) -> go.Scatter:
    """The mark of the chosen cell."""
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={
            "symbol": "circle",
            "size": 16,
            "color": _PICKED,
            "line": {"color": "white", "width": 3},
        },
        unselected={"marker": {"opacity": 1}},
        name="chosen",
        showlegend=False,
        hoverinfo="skip",
    )
