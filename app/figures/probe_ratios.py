"""Gamma as tuned, and as the spread of features predicts it, over imbalance ratios."""

from typing import NamedTuple

import plotly.graph_objects as go

from app.figures.style import base_figure
from app.theory.spread import SpreadFit

_TUNED, _TRAIN, _TEST = "#d55e00", "#8a8f98", "#00936b"


class Found(NamedTuple):
    """What was found at one ratio.

    Attributes
    ----------
    ratio : float
    tuned : float
        Gamma.
    train, test : SpreadFit or None
        Of training and test rows; None where nothing can be fitted.
    before, after : float
        Scores of stage 1 and of the adjusted logits on test rows.
    """

    ratio: float
    tuned: float
    train: SpreadFit | None
    test: SpreadFit | None
    before: float
    after: float


def ratios_figure(found: list[Found], height: int = 340) -> go.Figure:
    """Draw tuned gammas with the scores in the hover, and predictions with their intervals."""
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
    figure.update_xaxes(type="log", title="imbalance ratio", dtick=1)
    figure.update_yaxes(title="γ")
    return figure


def alt_text(found: list[Found]) -> str:
    """What the chart says, ratio by ratio."""
    parts = [
        f"at {at.ratio:.4g} tuned {at.tuned:.2f}, predicted {_exponent(at.train)}" for at in found
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
