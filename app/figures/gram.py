"""Inner products of class vectors: measured, predicted and their difference on one scale."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.class_axis import class_ids, class_ticks
from app.figures.style import base_figure, faded

FloatArray = NDArray[np.float64]

NEGATIVE = "#0f86c9"
POSITIVE = "#d55e00"
_STOPS = (0.0, 0.01, 0.04, 0.16, 0.36, 0.64, 1.0)
# Nothing is drawn at zero: there the page shows through, be it light or dark. The colour thickens
# with the square root, so that the small entries beside a large diagonal are seen.
COLORSCALE = [
    *([0.5 - 0.5 * stop, faded(NEGATIVE, stop**0.5)] for stop in reversed(_STOPS)),
    *([0.5 + 0.5 * stop, faded(POSITIVE, stop**0.5)] for stop in _STOPS),
]
# At the foot, where it takes no width from the panels.
_COLORBAR = {
    "orientation": "h",
    "yref": "container",
    "y": 0,
    "yanchor": "bottom",
    "x": 0,
    "xanchor": "left",
    "len": 0.31,
    "thickness": 10,
    "outlinewidth": 0,
    "nticks": 5,
    "tickformat": ".3~g",
}


def gram_figure(
    measured: FloatArray, theory: FloatArray | None, names: list[str], height: int = 460
) -> go.Figure:
    """Draw a matrix beside its prediction and what is left between them, on one colour scale.

    Parameters
    ----------
    measured : (K, K) array
        For example ``W W^T``; rows run down, columns to the right, both head to tail.
    theory : (K, K) array or None
        Without it the measured matrix stands alone.
    names : list of K str
        Classes; plain text.
    height : int
        Pixels.
    """
    panels = _panels(measured, theory)
    reach = _reach(measured, theory)
    figure = base_figure(height, showlegend=False)
    ids, ticks = class_ids(names), class_ticks(names)
    for p, (title, values) in enumerate(panels):
        axis = "" if p == 0 else str(p + 1)
        place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "meta": title}
        figure.add_trace(_heat(values, ids).update(place))
        left, right = p / len(panels), (p + 0.94) / len(panels)
        # Square cells below their title, whatever the width of the page.
        figure.update_layout(
            {
                f"xaxis{axis}": ticks
                | {
                    "domain": (left, right),
                    "tickangle": -40,
                    "constrain": "domain",
                    "constraintoward": "left",
                },
                f"yaxis{axis}": ticks
                | {
                    "anchor": f"x{axis}",
                    "autorange": "reversed",
                    "scaleanchor": f"x{axis}",
                    "constrain": "domain",
                    "constraintoward": "top",
                    "showticklabels": p == 0,
                },
            }
        )
        figure.add_annotation(
            text=title,
            x=left,
            y=1.0,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 14},
        )
    figure.update_layout(
        margin={"b": 56},
        coloraxis={
            "colorscale": COLORSCALE,
            "cmin": -reach,
            "cmax": reach,
            "colorbar": _COLORBAR,
        },
    )
    return figure


def alt_text(
    measured: FloatArray, theory: FloatArray | None, names: list[str], quantity: str
) -> str:
    """What the matrices say: how far the prediction is off, and for which two classes most.

    Parameters
    ----------
    measured, theory, names
        As for `gram_figure`.
    quantity : str
        What the matrix is, such as "Inner products of the classifier".
    """
    size = f"{quantity}, {len(names)} classes"
    if not np.isfinite(measured).all():
        return f"{size}: not finite."
    if theory is None:
        low, high = float(measured.min()), float(measured.max())
        return f"{size}: from {low:.3g} to {high:.3g}; no theory to compare with."
    gap = np.abs(measured - theory)
    row, column = np.unravel_index(int(gap.argmax()), gap.shape)
    largest, scale = float(gap.max()), float(np.abs(theory).max())
    share = f" ({largest / scale:.2g} of the largest entry)" if scale > 0 else ""
    where = f"for {names[row]}" if row == column else f"between {names[row]} and {names[column]}"
    return f"{size}: measured and theory differ by at most {largest:.3g}{share}, {where}."


def _panels(measured: FloatArray, theory: FloatArray | None) -> list[tuple[str, FloatArray]]:
    """Title and matrix of each panel."""
    if theory is None:
        return [("Measured", measured)]
    difference = measured - theory
    most = np.nanmax(np.abs(difference), initial=0.0)
    title = f"Difference, at most {most:.2g}"
    return [("Measured", measured), ("Theory", theory), (title, difference)]


def _reach(measured: FloatArray, theory: FloatArray | None) -> float:
    """End of the colour scale: the largest entry of both, or 1 if all are zero."""
    entries = np.abs(measured if theory is None else np.stack([measured, theory]))
    finite = entries[np.isfinite(entries)]
    return float(finite.max(initial=0.0)) or 1.0


def _heat(values: FloatArray, ids: list[str]) -> go.Heatmap:
    # In single precision, which travels packed: 200 classes stay below a megabyte.
    return go.Heatmap(
        z=values.astype(np.float32),
        x=ids,
        y=ids,
        coloraxis="coloraxis",
        hovertemplate="%{y} · %{x}: %{z:.4g}<extra></extra>",
        hoverongaps=False,
    )
