"""Phase diagrams over imbalance and decay: what was measured, and theory's borders over it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.phase_axis import log_axis
from app.figures.phase_traces import LINES, RIM, border_traces, dots, heat, pick_mark
from app.figures.style import base_figure, plain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_LEAST_NAMED = 0.02  # share of the map below which a phase has no room for its name


@dataclass(frozen=True, eq=False)
class PhaseMap:
    """What is drawn: one cell for every imbalance and decay.

    Attributes
    ----------
    ratios : (C,) array
        Imbalance ratios, rising, above 0: columns.
    decays : (R,) array
        Decays, rising, above 0: rows.
    values : (R, C) array
        Measured, at least 0; NaN where it is not known yet.
    phases : (R, C) int array
        Index into `names` that theory gives each cell; -1 where it gives none.
    names : tuple of str
        Of the phases. What is before a colon is written on the map.
    """

    ratios: FloatArray
    decays: FloatArray
    values: FloatArray
    phases: IntArray
    names: tuple[str, ...]


def phase_figure(
    cells: PhaseMap,
    curves: Mapping[str, tuple[FloatArray, FloatArray]],
    value_title: str,
    decay_title: str = "decay",
    picked: tuple[int, int] | None = None,
    height: int = 480,
    border: FloatArray | None = None,
    levels: int | None = None,
) -> go.Figure:
    """Draw the map with theory's curves over it; a click gives row and column as custom data.

    Parameters
    ----------
    cells : PhaseMap
    curves : mapping of str to (ratios, decays)
        Borders of phases by name; points that are not positive or not finite are gaps.
    value_title, decay_title : str
        Of the colour scale and the vertical axis.
    picked : (row, column), optional
        Cell to mark.
    height : int
        Pixels.
    border : (C,) array, optional
        Measured decay of a border in each column, drawn as dots; NaN where there is none.
    levels : int, optional
        Largest of the values if they are whole numbers: each gets one colour.
    """
    figure = base_figure(height, hovermode="closest", clickmode="event+select")
    x, y = np.log10(cells.ratios), np.log10(cells.decays)
    figure.add_trace(heat(x, y, cells.values, value_title, levels))
    for n, (name, (ratios, decays)) in enumerate(curves.items()):
        color, dash = LINES[n % len(LINES)]
        for trace in border_traces(ratios, decays, name, color, dash):
            figure.add_trace(trace)
    if border is not None and np.isfinite(border).any():
        figure.add_trace(dots(x, border))
    for note in _notes(x, y, cells):
        figure.add_annotation(note)
    figure.add_trace(_targets(x, y, cells, value_title, decay_title))
    if picked is not None:
        figure.add_trace(pick_mark(float(x[picked[1]]), float(y[picked[0]])))
    figure.update_xaxes(title="imbalance ratio R", **log_axis(x))
    figure.update_yaxes(title=decay_title, **log_axis(y))
    return figure


def alt_text(cells: PhaseMap, value_title: str) -> str:
    """What the map says: the share of each phase, and the values measured in it."""
    known = np.isfinite(cells.values)
    parts = []
    for n, name in enumerate(cells.names):
        inside = cells.phases == n
        values = cells.values[inside & known]
        if not inside.any():
            continue
        span = _span(values) if values.size else "not known yet"
        parts.append(f"{name} on {inside.mean():.0%} of the map, {value_title} {span}")
    return (
        f"Imbalance ratios {cells.ratios[0]:,.3g} to {cells.ratios[-1]:,.4g}, decays "
        f"{cells.decays[0]:.3g} to {cells.decays[-1]:.3g}: {'; '.join(parts) or 'no phase known'}."
    )


def _span(values: FloatArray) -> str:
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"from {low} to {high}"


def _notes(x: FloatArray, y: FloatArray, cells: PhaseMap) -> list[dict[str, object]]:
    """The short name of each phase that has one, in the cell farthest from other phases."""
    notes: list[dict[str, object]] = []
    for n, name in enumerate(cells.names):
        inside = cells.phases == n
        short, colon, _ = name.partition(":")
        if colon and inside.mean() > _LEAST_NAMED:
            row, column = _deepest(inside)
            notes.append(
                {
                    "x": float(x[column]),
                    "y": float(y[row]),
                    "text": f"<b>{plain(short)}</b>",
                    "showarrow": False,
                    "font": {"size": 15, "color": "#1b1b1b"},
                    "bgcolor": RIM,
                    "borderpad": 3,
                }
            )
    return notes


def _deepest(inside: NDArray[np.bool_]) -> tuple[int, int]:
    """The cell that stays longest when the region is peeled cell by cell."""
    while True:
        padded = np.pad(inside, 1)
        core = inside & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        if not core.any():
            places = np.argwhere(inside)
            row, column = places[len(places) // 2]
            return int(row), int(column)
        inside = core


def _targets(
    x: FloatArray, y: FloatArray, cells: PhaseMap, value_title: str, decay_title: str
) -> go.Scatter:
    """Unseen marks in the middle of the cells: Streamlit tells of clicks on points alone."""
    places = np.indices(cells.values.shape).reshape(2, -1).T
    return go.Scatter(
        x=x[places[:, 1]].astype(np.float32),
        y=y[places[:, 0]].astype(np.float32),
        mode="markers",
        marker={"size": 18, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=places.tolist(),
        text=[_cell_words(cells, r, c, value_title, decay_title) for r, c in places],
        hovertemplate="%{text}<extra></extra>",
        name="cells",
        showlegend=False,
    )


def _cell_words(cells: PhaseMap, row: int, column: int, value_title: str, decay_title: str) -> str:
    phase, value = int(cells.phases[row, column]), float(cells.values[row, column])
    lines = [
        f"R = {cells.ratios[column]:.4g}, {plain(decay_title)} = {cells.decays[row]:.3g}",
        f"<b>{plain(cells.names[phase])}</b>" if phase >= 0 else "",
        f"{plain(value_title)} {value:.3g}" if np.isfinite(value) else "not computed yet",
    ]
    return "<br>".join(line for line in lines if line)
