"""Phase diagrams over imbalance and decay: what was measured, and theory's borders over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from app.figures.style import base_figure, plain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Colour and dash of theory's curves. They lie on a light rim, which parts them from the dark end
# of the colour scale, and are dark enough for its light end and for a light page.
_LINES = (
    ("#d55e00", "solid"),
    ("#c0399f", "dash"),
    ("#00875f", "dot"),
    ("#0b6fae", "dashdot"),
    ("#9a6b00", "longdash"),
)
_RIM = "rgba(255,255,255,0.85)"
_PICKED = "#d55e00"
_STEPS = (1, 2, 5)
_COLORS = "Cividis"
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
    figure.add_trace(_heat(x, y, cells.values, value_title, levels))
    for n, (name, (ratios, decays)) in enumerate(curves.items()):
        color, dash = _LINES[n % len(_LINES)]
        for trace in _border(ratios, decays, name, color, dash):
            figure.add_trace(trace)
    if border is not None and np.isfinite(border).any():
        figure.add_trace(_dots(x, border))
    for note in _notes(x, y, cells):
        figure.add_annotation(note)
    figure.add_trace(_targets(x, y, cells, value_title, decay_title))
    if picked is not None:
        figure.add_trace(_pick(float(x[picked[1]]), float(y[picked[0]])))
    figure.update_xaxes(title="imbalance ratio R", **_log_axis(x))
    figure.update_yaxes(title=decay_title, **_log_axis(y))
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


def map_svg(values: FloatArray, alt: str, side: int = 96) -> str:
    """Return a map as a small picture for a button, the lowest row at the foot.

    Parameters
    ----------
    values : (R, C) array
        At least 0; the largest gets the lightest colour.
    alt : str
        What the picture shows, for who does not see it.
    side : int
        Width and height in pixels.
    """
    rows, columns = values.shape
    colors = sample_colorscale(_COLORS, (values / (values.max() or 1.0)).ravel().tolist())
    cells = "".join(
        f'<rect x="{n % columns}" y="{rows - 1 - n // columns}" width="1.02" height="1.02" '
        f'fill="{color}"/>'
        for n, color in enumerate(colors)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" '
        f'shape-rendering="crispEdges" role="img" aria-label="{escape(alt, quote=True)}">'
        f"{cells}</svg>"
    )


def _heat(
    x: FloatArray, y: FloatArray, values: FloatArray, title: str, levels: int | None
) -> go.Heatmap:
    """The axes hold powers of ten: a heat map on a logarithmic axis gets uneven cells."""
    bar: dict[str, object] = {"title": {"text": plain(title), "side": "right"}, "thickness": 12}
    if levels is None:
        colors: dict[str, object] = {"zmin": 0, "colorscale": _COLORS}
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
    colors = sample_colorscale(_COLORS, np.linspace(0, 1, count).tolist())
    return [[(n + end) / count, color] for n, color in enumerate(colors) for end in (0, 1)]


def _dots(x: FloatArray, border: FloatArray) -> go.Scatter:
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
                    "bgcolor": _RIM,
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


def _border(
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
        line={"color": _RIM, "width": 2 * width},
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


def _pick(x: float, y: float) -> go.Scatter:
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


def _log_axis(powers: FloatArray) -> dict[str, object]:
    """Ticks at 1, 2 and 5 times powers of ten, or at the powers alone over many of them."""
    edge = (powers[1] - powers[0]) / 2 if powers.size > 1 else 0.5
    low, high = float(powers[0] - edge), float(powers[-1] + edge)
    steps = _STEPS if high - low < 3 else _STEPS[:1]
    ticks = [
        step * 10.0**power
        for power in range(int(np.floor(low)), int(np.ceil(high)) + 1)
        for step in steps
    ]
    shown = [tick for tick in ticks if low <= np.log10(tick) <= high]
    return {
        "range": [low, high],
        "tickvals": np.log10(shown).tolist(),
        "ticktext": [_number(tick) for tick in shown],
        "showgrid": False,
        "fixedrange": True,
    }


def _number(value: float) -> str:
    """A number of a tick: small ones as powers of ten."""
    if value >= 1e-3:
        return f"{value:,.10g}"
    power = int(np.floor(np.log10(value) + 1e-9))
    digits = round(value / 10.0**power)
    return f"{f'{digits}·' if digits > 1 else ''}10<sup>{power}</sup>"
