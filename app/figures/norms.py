"""Norms and angles of classifier and class means, class by class, over what theory predicts."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.class_axis import class_ids, class_ticks
from app.figures.palette import class_colors, class_symbols
from app.figures.style import base_figure
from app.ufm.shape import Shape

FloatArray = NDArray[np.float64]

THEORY_COLOR = "#8a8f98"
PANELS = (
    ("classifier_norms", "Norm of the class vector", ""),
    ("mean_norms", "Norm of the class mean", ""),
    ("alignment", "Angle between the two", "°"),
    ("separation", "Angle to the nearest other", "°"),
)
_GAP = 0.08
_MOST_SYMBOLS = 40


def norms_figure(
    measured: Shape, theory: Shape | None, names: list[str], height: int = 560
) -> go.Figure:
    """Draw four panels over the classes, head to tail: measured marks on lines of theory.

    Parameters
    ----------
    measured : Shape
    theory : Shape or None
        Without it only marks are drawn.
    names : list of K str
        Plain text.
    height : int
        Pixels.
    """
    figure = base_figure(height)
    ids = class_ids(names)
    for p, (field, title, unit) in enumerate(PANELS):
        axis = "" if p == 0 else str(p + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "meta": title}
        marks = getattr(measured, field)
        lines = None if theory is None else getattr(theory, field)
        if lines is not None:
            figure.add_trace(_line(ids, lines, unit, p == 0).update(place))
        figure.add_trace(_marks(ids, marks, unit, p == 0).update(place))
        _axes(figure, p, axis, names, title, unit, _top(marks, lines))
    return figure


def alt_text(measured: Shape, theory: Shape | None, names: list[str]) -> str:
    """What the panels say: head against tail, and how far theory is off."""
    ends = [
        f"{title.lower()} {_ends(getattr(measured, field), unit)}" for field, title, unit in PANELS
    ]
    text = f"From {names[0]} to {names[-1]}: {'; '.join(ends)}."
    if theory is None:
        return text
    off = [
        f"{_largest_gap(getattr(measured, field), getattr(theory, field)):.2g}{unit}"
        for field, _, unit in PANELS
    ]
    return f"{text} Largest distances from theory: {', '.join(off[:-1])} and {off[-1]}."


def _line(ids: list[str], values: FloatArray, unit: str, listed: bool) -> go.Scatter:
    """Theory: a step at every class."""
    return go.Scatter(
        x=ids,
        y=values.astype(np.float32),
        mode="lines",
        line={"shape": "hvh", "color": THEORY_COLOR, "width": 2.5},
        name="Theory",
        legendgroup="theory",
        showlegend=listed,
        hovertemplate=f"theory %{{y:.4g}}{unit}<extra></extra>",
    )


def _marks(ids: list[str], values: FloatArray, unit: str, listed: bool) -> go.Scatter:
    K = len(ids)
    return go.Scatter(
        x=ids,
        y=values.astype(np.float32),
        mode="markers",
        marker={
            "color": class_colors(K),
            "symbol": class_symbols(K) if K <= _MOST_SYMBOLS else "circle",
            "size": 10 if K <= _MOST_SYMBOLS else 5,
        },
        name="Measured",
        legendgroup="measured",
        showlegend=listed,
        hovertemplate=f"%{{x}}: %{{y:.4g}}{unit}<extra></extra>",
    )


def _axes(
    figure: go.Figure, panel: int, axis: str, names: list[str], title: str, unit: str, top: float
) -> None:
    """Two by two; the classes are named under the lower row alone."""
    row, column = divmod(panel, 2)
    left, right = (column + _GAP * column) / 2, (column + 1 - _GAP * (1 - column)) / 2
    low, high = ((1 - row) * 0.54, 0.46 + (1 - row) * 0.47)
    ticks = class_ticks(names)
    figure.update_layout(
        {
            f"xaxis{axis}": ticks
            | {
                "domain": (left, right),
                "anchor": f"y{axis}",
                "showticklabels": row == 1,
                "tickangle": -40,
            },
            f"yaxis{axis}": {
                "domain": (low, high),
                "anchor": f"x{axis}",
                "range": [-0.03 * top, top],
                "ticksuffix": unit,
                "nticks": 6,
            },
        }
    )
    figure.add_annotation(
        text=title,
        x=left,
        y=high,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": 14},
    )


def _top(measured: FloatArray, theory: FloatArray | None) -> float:
    """Upper end of a panel: zero is always in sight, so that small differences look small."""
    entries = measured if theory is None else np.concatenate([measured, theory])
    finite = entries[np.isfinite(entries)]
    return 1.1 * (float(finite.max(initial=0.0)) or 1.0)


def _ends(values: FloatArray, unit: str) -> str:
    first, last = (f"{v:.3g}{unit}" if np.isfinite(v) else "undefined" for v in values[[0, -1]])
    return f"{first} to {last}"


def _largest_gap(measured: FloatArray, theory: FloatArray) -> float:
    gaps = np.abs(measured - theory)
    return float(gaps[np.isfinite(gaps)].max(initial=0.0))
