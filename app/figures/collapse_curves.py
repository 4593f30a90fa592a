"""Metrics over training steps, both on logarithmic axes, with the levels theory predicts."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.figures.palette import SYMBOLS
from app.figures.style import base_figure, plain

FloatArray = NDArray[np.float64]

# Told apart by colour-blind eyes (after Okabe and Ito, 2008) and by marks; readable on both
# backgrounds.
COLORS = ("#0f86c9", "#d55e00", "#00936b", "#a85ca0", "#b8860b", "#c7412e", "#5b6fd6", "#6f7782")
THEORY_COLOR = "#8a8f98"
# Where the state before the first step is drawn: a logarithmic axis has no zero.
START = 0.4
_MARKS = 8


def collapse_curves_figure(
    steps: ArrayLike,
    curves: Mapping[str, ArrayLike],
    levels: Mapping[str, float] | None = None,
    y_title: str | None = None,
    height: int = 360,
) -> go.Figure:
    """Draw curves over the steps of a run; what is not positive or not finite is a gap.

    Parameters
    ----------
    steps : (T,) array
        Rising; 0 is the state before training.
    curves : mapping of str to (T,) array
        By name, plain text, in the order of the legend.
    levels : mapping of str to float, optional
        What theory predicts for some of the curves: a dashed line each, if above zero.
    y_title : str, optional
        Title of the vertical axis.
    height : int
        Pixels.
    """
    x = np.asarray(steps, dtype=float)
    figure = base_figure(height, hovermode="x unified")
    lines = []
    for n, (name, values) in enumerate(curves.items()):
        color, symbol = COLORS[n % len(COLORS)], SYMBOLS[n % len(SYMBOLS)]
        figure.add_trace(_curve(x, np.asarray(values, dtype=float), name, color, symbol))
        level = (levels or {}).get(name, 0.0)
        if 0 < level < np.inf:
            lines.append(_level(x, level, name, color))
    figure.add_traces([*lines, _key()] if lines else [])
    figure.update_xaxes(type="log", title="step", **_step_ticks(x))
    figure.update_yaxes(type="log", title=y_title, exponentformat="power", nticks=8)
    return figure


def alt_text(
    steps: ArrayLike, curves: Mapping[str, ArrayLike], levels: Mapping[str, float] | None = None
) -> str:
    """What the chart says: where each curve starts and ends, and the level theory predicts."""
    x = np.asarray(steps, dtype=float)
    parts = []
    for name, values in curves.items():
        y = np.asarray(values, dtype=float)
        y = y[np.isfinite(y)]
        level = (levels or {}).get(name)
        predicted = "" if level is None else f" (theory {level:.3g})"
        course = f"from {y[0]:.3g} to {y[-1]:.3g}" if y.size else "not known"
        parts.append(f"{name} {course}{predicted}")
    last = f"{x[-1]:,.0f} steps" if x.size else "no step yet"
    return f"After {last}: {'; '.join(parts)}." if parts else f"After {last}."


def _curve(x: FloatArray, y: FloatArray, name: str, color: str, symbol: str) -> go.Scatter:
    """Packed single precision: a long run stays some kilobytes."""
    return go.Scatter(
        x=np.where(x > 0, x, START).astype(np.float32),
        y=np.where(np.isfinite(y) & (y > 0), y, np.nan).astype(np.float32),
        mode="lines+markers",
        line={"color": color, "width": 2.2},
        marker={"symbol": symbol, "size": 8, "maxdisplayed": _MARKS},
        name=plain(name),
        legendgroup=name,
        connectgaps=False,
        hovertemplate="%{y:.3~g}",
    )


def _level(x: FloatArray, level: float, name: str, color: str) -> go.Scatter:
    ends = [START, max(float(x.max(initial=1.0)), 1.0)]
    return go.Scatter(
        x=ends,
        y=[level, level],
        mode="lines",
        line={"color": color, "width": 1.5, "dash": "dash"},
        name=f"{plain(name)}, theory",
        legendgroup=name,
        showlegend=False,
        hoverinfo="skip",
    )


def _key() -> go.Scatter:
    """What the dashed lines are, for the legend alone."""
    return go.Scatter(
        x=[None],
        y=[None],
        mode="lines",
        line={"color": THEORY_COLOR, "width": 1.5, "dash": "dash"},
        name="Theory",
        hoverinfo="skip",
    )


def _step_ticks(x: FloatArray) -> dict[str, object]:
    """Zero at `START`, then powers of ten, to the end of the run."""
    last = max(float(x.max(initial=1.0)), 1.0)
    powers = 10.0 ** np.arange(0, int(np.log10(last)) + 1)
    begun = bool((x <= 0).any())
    return {
        "range": np.log10([0.9 * (START if begun else 1.0), last * 1.05]).tolist(),
        "tickvals": ([START] if begun else []) + powers.tolist(),
        "ticktext": (["0"] if begun else []) + [_tick(power) for power in powers.tolist()],
        "hoverformat": ",.0f",
    }


def _tick(power: float) -> str:
    return f"{power:,.0f}" if power < 1e6 else f"10<sup>{round(np.log10(power))}</sup>"
