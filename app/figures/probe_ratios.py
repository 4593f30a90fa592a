"""Gamma as tuned, and as the spread of features predicts it, over imbalance ratios."""

from math import isnan

import plotly.graph_objects as go

from app.figures.style import base_figure
from app.probe.ratios import Gammas
from app.theory.spread import SpreadFit

_TUNED, _TRAIN, _TEST = "#d55e00", "#8a8f98", "#00936b"


def ratios_figure(found: list[Gammas], height: int = 340) -> go.Figure:
    """Draw tuned gammas with the scores in the hover, and predictions with their intervals.

    Where all classes are as large there is no gamma to draw, which a line at that ratio says.
    """
    figure = base_figure(height)
    figure.add_trace(
        go.Scatter(
            x=[at.ratio for at in found],
            y=[at.tuned for at in found],
            customdata=[[at.before, at.after] for at in found],
            mode="lines+markers",
            line={"color": _TUNED, "width": 2},
            marker={"size": 9, "symbol": "diamond"},
            name="Tuned γ",
            hovertemplate="ratio %{x:.4~g}: γ = %{y:.2f}<br>%{customdata[0]:.1%} to "
            "%{customdata[1]:.1%}<extra></extra>",
        )
    )
    for title, color, symbol, fits in (
        ("Spread of training rows", _TRAIN, "circle", [(at.ratio, at.train) for at in found]),
        ("Spread of test rows", _TEST, "square", [(at.ratio, at.test) for at in found]),
    ):
        figure.add_trace(_predictions(title, color, symbol, fits))
    if any(isnan(at.tuned) for at in found):
        figure.add_vline(1, line={"color": _TRAIN, "width": 1, "dash": "dot"})
        # Annotations stand at the logarithm, shapes do not.
        figure.add_annotation(
            text="equal classes:<br>every γ is as good",
            align="left",
            showarrow=False,
            x=0,
            xanchor="left",
            y=1,
            yref="paper",
            yanchor="top",
        )
    figure.update_xaxes(type="log", title="imbalance ratio", dtick=1)
    figure.update_yaxes(title="γ")
    return figure


def alt_text(found: list[Gammas]) -> str:
    """What the chart says, ratio by ratio."""
    parts = [
        f"at {at.ratio:.4g} every gamma is as good"
        if isnan(at.tuned)
        else f"at {at.ratio:.4g} tuned {at.tuned:.2f}, predicted {_exponent(at.train)}"
        for at in found
    ]
    return f"Gamma over imbalance ratios, predicted from training rows: {'; '.join(parts)}."


def _predictions(
    title: str, color: str, symbol: str, fits: list[tuple[float, SpreadFit | None]]
) -> go.Scatter:
    known = [(ratio, fit, fit.interval()) for ratio, fit in fits if fit is not None]
    return go.Scatter(
        x=[ratio for ratio, _, _ in known],
        y=[fit.exponent for _, fit, _ in known],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - fit.exponent for _, fit, (_, high) in known],
            "arrayminus": [fit.exponent - low for _, fit, (low, _) in known],
            "thickness": 1.2,
        },
        mode="lines+markers",
        line={"color": color, "width": 1.6, "dash": "dot"},
        marker={"size": 8, "symbol": symbol},
        name=title,
        hovertemplate="ratio %{x:.4~g}: %{y:.2f}<extra></extra>",
    )


def _exponent(fit: SpreadFit | None) -> str:
    return "nothing" if fit is None else f"{round(fit.exponent, 2) + 0.0:.2f}"
