"""A score of re-training methods over epochs, the first epoch in detail."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.probe_style import STYLES, Style
from app.figures.style import base_figure, plain
from app.probe import METHODS, MethodName

FloatArray = NDArray[np.float64]

_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def curves_figure(
    epochs: FloatArray,
    curves: dict[MethodName, FloatArray],
    reported: dict[MethodName, tuple[float, float]],
    y_title: str,
    height: int = 440,
) -> go.Figure:
    """Draw scores over epochs on a logarithmic axis, and where each method is reported.

    Parameters
    ----------
    epochs : (T,) array
        Rising, from 0, which is drawn where the first fraction of an epoch would halve.
    curves : dict of (T,) arrays
        Of what takes steps; NaN where nothing is known yet.
    reported : dict of (epoch, score)
        Of every method; what takes no steps has epoch 0 and becomes a level line.
    y_title : str
    height : int
        Pixels.
    """
    figure = base_figure(height)
    x, last = _places(epochs), float(epochs[-1])
    for name, (epoch, value) in reported.items():
        if name in curves:
            figure.add_trace(_curve(x, epochs, curves[name], name))
            figure.add_trace(_mark(float(_places(epochs, epoch)), value, name))
        else:
            figure.add_trace(_level((float(x[0]), last), value, name))
    shown = [float(tick) for tick in _TICKS if tick <= last]
    figure.update_xaxes(
        type="log",
        title="epoch",
        tickvals=[float(x[0]), *shown],
        ticktext=["0", *(f"{tick:g}" for tick in shown)],
        range=np.log10([0.92 * float(x[0]), 1.05 * last]).tolist(),
    )
    figure.update_yaxes(title=plain(y_title), tickformat=".0%", range=_range(curves, reported))
    return figure


def alt_text(reported: dict[MethodName, tuple[float, float]], y_title: str) -> str:
    """What the chart says: methods by their reported score, best first."""
    known = [(value, name) for name, (_, value) in reported.items() if value == value]
    parts = [f"{METHODS[name].title} {value:.1%}" for value, name in sorted(known, reverse=True)]
    return f"{y_title} on test rows over epochs; reported: {'; '.join(parts) or 'nothing yet'}."


def _range(
    curves: dict[MethodName, FloatArray], reported: dict[MethodName, tuple[float, float]]
) -> list[float] | None:
    """Where curves run once they have come up to the lowest method: random starts lie far below."""
    ends = np.array([value for _, value in reported.values()])
    lowest = np.nanmin(ends, initial=np.inf)
    risen = [y[int((y >= lowest).argmax()) :] for y in curves.values() if (y >= lowest).any()]
    values = np.concatenate([ends, *risen])
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    room = max(0.005, 0.06 * float(np.ptp(known)))
    return [max(0.0, float(known.min()) - room), min(1.01, float(known.max()) + room)]


def _places(epochs: FloatArray, epoch: float | None = None) -> FloatArray:
    """Where epochs are drawn: a logarithmic axis has no zero."""
    start = float(epochs[epochs > 0].min(initial=1.0)) / 2
    return np.asarray(np.maximum(epochs if epoch is None else epoch, start))


def _curve(x: FloatArray, epochs: FloatArray, y: FloatArray, name: MethodName) -> go.Scatter:
    style: Style = STYLES[name]
    return go.Scatter(
        x=x,
        y=y,
        customdata=epochs,
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": 2},
        name=METHODS[name].title,
        legendgroup=name,
        hovertemplate=f"{METHODS[name].title}<br>epoch %{{customdata:.3~g}}: %{{y:.1%}}"
        "<extra></extra>",
    )


def _mark(x: float, y: float, name: MethodName) -> go.Scatter:
    style = STYLES[name]
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"color": style.color, "symbol": style.symbol, "size": 10},
        name=METHODS[name].title,
        legendgroup=name,
        showlegend=False,
        hovertemplate=f"{METHODS[name].title}, reported: %{{y:.1%}}<extra></extra>",
    )


def _level(ends: tuple[float, float], y: float, name: MethodName) -> go.Scatter:
    style = STYLES[name]
    x = np.geomspace(*ends, 9)
    return go.Scatter(
        x=x,
        y=np.full(x.size, y),
        mode="lines",
        line={"color": style.color, "dash": "dash" if name == "stage1" else "dot", "width": 1.6},
        name=METHODS[name].title,
        legendgroup=name,
        hovertemplate=f"{METHODS[name].title}: %{{y:.1%}}<extra></extra>",
    )
