"""How far multiplicative adjustment is from the 1vs1adjuster, over classes and count ratios."""

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.style import base_figure
from app.theory.approximation import ApproximationTable

FloatArray = NDArray[np.float64]
Choice = Literal["best", "matched", "same"]

TITLES: dict[Choice, str] = {
    "best": "best gamma",
    "matched": "matched gamma",
    "same": "same gamma",
}
FAITHFUL = 1.0
"""Degrees below which the two rules are drawn as one and the same."""
_LEVELS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_MARK = "#d55e00"
_HOVER = (
    "%{customdata[0]:,.0f} classes, count ratios up to %{customdata[1]:,.3~r}<br>"
    "at most %{customdata[2]:.2f}° apart"
)
_HOVER_GAMMA = " (gamma %{customdata[3]:.3f})"


def approximation_figure(
    table: ApproximationTable,
    choices: tuple[Choice, ...] = ("best", "same"),
    mark: tuple[int, float] | None = None,
) -> go.Figure:
    """Draw heat maps of the largest difference between the two boundaries, in degrees.

    Parameters
    ----------
    table : ApproximationTable
    choices : tuple of {"best", "matched", "same"}
        One panel each: the gamma of multiplicative adjustment.
    mark : (num_classes, ratio), optional
        A setting to mark; at the border if it lies beyond the table.
    """
    x, y = np.log10(table.max_ratios), np.log10(table.num_classes)
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    titles = []
    for p, choice in enumerate(choices):
        axis = "" if p == 0 else str(p + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
        degrees = np.rad2deg(getattr(table, choice))
        data.append(_heat(x, y, degrees, _cells(table, degrees, choice), place))
        moved = table.num_classes > 2
        data.append(_contour(x, y[moved], degrees[moved], place))
        if mark is not None:
            at = np.clip(np.log10(mark[1]), x[0], x[-1]), np.clip(np.log10(mark[0]), y[0], y[-1])
            data.append(_mark(float(at[0]), float(at[1]), place))
        left, right = (p + 0.1 * (p > 0)) / len(choices), (p + 0.95) / len(choices)
        axes |= _axes(axis, (left, right), float(x[-1]), float(y[-1]))
        titles.append(
            {
                "text": TITLES[choice],
                "x": (left + right) / 2,
                "y": 1.01,
                "xref": "paper",
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 15},
            }
        )
    return base_figure(400, data, **axes, showlegend=False, annotations=titles)


def alt_text(table: ApproximationTable) -> str:
    """What the maps say: for which numbers of classes no gamma comes close."""
    best, same = (np.rad2deg(errors[:, -1]) for errors in (table.best, table.same))
    last = f"For {table.num_classes[-1]} classes and count ratios up to {table.max_ratios[-1]:,.0f}"
    far = table.num_classes[best > FAITHFUL]
    limit = (
        f"with {far.min()} to {far.max()} classes no gamma stays within {FAITHFUL:g} degree"
        if far.size
        else f"some gamma stays within {FAITHFUL:g} degree for every number of classes shown"
    )
    return (
        f"{last} multiplicative adjustment differs from the 1vs1adjuster by at most "
        f"{best[-1]:.1f} degrees at its best gamma and {same[-1]:.1f} at the same gamma "
        f"({table.gamma_1vs1:g}); {limit}."
    )


def _heat(
    x: FloatArray, y: FloatArray, degrees: FloatArray, cells: FloatArray, place: dict[str, str]
) -> dict[str, Any]:
    """Colour by the logarithm, since errors span three orders of magnitude."""
    low, high = np.log10(_LEVELS[0]), np.log10(_LEVELS[-1])
    return dict(
        type="heatmap",
        x=x,
        y=y,
        z=np.log10(np.clip(degrees, _LEVELS[0], _LEVELS[-1])).astype(np.float32),
        zmin=low,
        zmax=high,
        colorscale="Cividis",
        customdata=cells.astype(np.float32),
        hovertemplate=_HOVER + (_HOVER_GAMMA if cells.shape[-1] > 3 else "") + "<extra></extra>",
        colorbar={
            "title": {"text": "degrees"},
            "tickvals": np.log10(_LEVELS).tolist(),
            "ticktext": ["≤ 0.1", *(f"{level:g}" for level in _LEVELS[1:])],
        },
        **place,
    )


def _contour(
    x: FloatArray, y: FloatArray, degrees: FloatArray, place: dict[str, str]
) -> dict[str, Any]:
    """The line at `FAITHFUL` degrees: above it the rules are as good as the same."""
    return dict(
        type="contour",
        x=x,
        y=y,
        z=degrees.astype(np.float32),
        contours={
            "start": FAITHFUL,
            "end": FAITHFUL,
            "size": 1,
            "coloring": "none",
            "showlabels": True,
            "labelfont": {"color": "white", "size": 13},
        },
        line={"color": "white", "width": 2},
        showscale=False,
        hoverinfo="skip",
        **place,
    )


def _mark(x: float, y: float, place: dict[str, str]) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=[x],
        y=[y],
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 14,
            "color": _MARK,
            "line": {"color": "white", "width": 2},
        },
        name="this page",
        hoverinfo="skip",
        **place,
    )


def _cells(table: ApproximationTable, degrees: FloatArray, choice: Choice) -> FloatArray:
    """What the hover says of each cell: classes, ratio, degrees, and the gamma if it is chosen."""
    sizes, ratios = np.meshgrid(table.num_classes, table.max_ratios, indexing="ij")
    gamma = [table.best_gamma] if choice == "best" else []
    return np.stack([sizes, ratios, degrees, *gamma], axis=-1)


def _axes(
    axis: str, domain: tuple[float, float], widest: float, most: float
) -> dict[str, dict[str, Any]]:
    """Both axes hold powers of ten: a heat map on a logarithmic axis gets uneven cells."""
    sizes = [k for k in (2, 3, 5, 10, 30, 100, 300, 1000) if np.log10(k) <= most + 1e-9]
    ratios = [r for r in (1, 3, 10, 30, 100, 300, 1000) if np.log10(r) <= widest + 1e-9]
    return {
        f"xaxis{axis}": {
            "domain": domain,
            "title": {"text": "largest count ratio"},
            "tickvals": np.log10(ratios).tolist(),
            "ticktext": [str(ratio) for ratio in ratios],
            "showgrid": False,
        },
        f"yaxis{axis}": {
            "anchor": f"x{axis}",
            "title": {"text": "classes" if axis == "" else None},
            "tickvals": np.log10(sizes).tolist(),
            "ticktext": [str(size) for size in sizes],
            "showgrid": False,
        },
    }
