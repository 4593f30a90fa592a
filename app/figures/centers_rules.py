"""Margins and accuracies of the rules of a multi-center frame."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.centers.noisy import interval
from app.centers.rules import RULE_SHORT, RULE_WORDS, RuleName
from app.figures.class_axis import class_ids, class_ticks
from app.figures.palette import class_colors, class_symbols
from app.figures.style import base_figure

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RULE_COLORS: dict[RuleName, str] = {
    "rcr": "#0f86c9",
    "rcr-bn": "#a85ca0",
    "gcr": "#d55e00",
    "ncc": "#00936b",
}
_SYMBOLS: dict[RuleName, str] = {
    "rcr": "circle",
    "rcr-bn": "square",
    "gcr": "diamond",
    "ncc": "cross",
}
_THEORY = "#8a8f98"


def margins_figure(
    measured: FloatArray | None,
    theory: FloatArray,
    per_class: IntArray,
    names: list[str],
    height: int = 300,
) -> go.Figure:
    """Draw the cosine of features and class vector for each class, over its theory.

    Parameters
    ----------
    measured, theory : (K,) arrays
        `measured` may be None.
    per_class : (K,) int array
        Centers of each class.
    names : list of K str
    height : int
        Pixels.
    """
    figure = base_figure(height)
    ids = class_ids(names)
    figure.add_trace(
        go.Scatter(
            x=ids,
            y=theory,
            mode="lines+markers",
            name="theory",
            line={"color": _THEORY, "dash": "dash", "width": 1.5},
            marker={"symbol": "line-ew-open", "size": 22, "color": _THEORY},
            hovertemplate="%{x}: %{y:.4f} in theory<extra></extra>",
        )
    )
    if measured is not None:
        figure.add_trace(
            go.Scatter(
                x=ids,
                y=measured,
                mode="markers+text",
                name="measured",
                marker={
                    "color": class_colors(len(ids)),
                    "symbol": class_symbols(len(ids)),
                    "size": 11,
                },
                text=[f"f={f}" for f in per_class] if len(ids) <= 20 else None,
                textposition="top center",
                customdata=per_class,
                hovertemplate="%{x}: %{y:.4f} with %{customdata} centers<extra></extra>",
            )
        )
    figure.update_xaxes(**class_ticks(names))
    low = float(min(theory.min(), 0.0 if measured is None else measured.min()))
    figure.update_yaxes(title="cosine to class vector", range=[min(0.0, low) - 0.05, 1.14])
    return figure


def margins_alt(theory: FloatArray, names: list[str]) -> str:
    """What the margins say."""
    low, high = int(theory.argmin()), int(theory.argmax())
    return (
        f"Cosine of features and class vector: from {theory[low]:.2f} for {names[low]} to "
        f"{theory[high]:.2f} for {names[high]}."
    )


def accuracy_figure(
    measured: Mapping[RuleName, FloatArray],
    exact: Mapping[RuleName, FloatArray] | None,
    names: list[str],
    height: int = 360,
) -> go.Figure:
    """Draw the accuracy of every rule on each class under noise, with 95 % intervals over seeds.

    Parameters
    ----------
    measured : mapping of rule to (seeds, K) array
    exact : mapping of rule to (K,) array, optional
        Of fully collapsed features, as lines.
    names : list of K str
    height : int
        Pixels.
    """
    figure = base_figure(height, hovermode="x unified")
    ids = class_ids(names)
    for number, (rule, values) in enumerate(measured.items()):
        found = np.array([interval(column) for column in values.T])
        color = RULE_COLORS[rule]
        # Side by side, so that intervals do not cover each other.
        x = np.arange(len(ids)) + 0.07 * (number - (len(measured) - 1) / 2)
        if exact is not None:
            figure.add_trace(
                go.Scatter(
                    x=x,
                    y=exact[rule],
                    mode="lines",
                    line={"color": color, "width": 1.25, "dash": "dot"},
                    name=f"{RULE_WORDS[rule]}, exact",
                    customdata=ids,
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        figure.add_trace(
            go.Scatter(
                x=x,
                y=found[:, 0],
                customdata=ids,
                mode="markers",
                name=RULE_WORDS[rule],
                marker={"color": color, "symbol": _SYMBOLS[rule], "size": 9},
                error_y={"array": found[:, 2] - found[:, 0], "color": color, "thickness": 1.5},
                hovertemplate="%{y:.1%}",
            )
        )
    ticks = class_ticks(names)["labelalias"]
    figure.update_xaxes(
        tickvals=list(range(len(ids))), ticktext=[ticks.get(i, i) for i in ids], showgrid=False
    )
    figure.update_yaxes(title="accuracy", tickformat=".0%", range=[-0.02, 1.04])
    return figure


def accuracy_alt(measured: Mapping[RuleName, FloatArray], noise: float) -> str:
    """What the accuracies say."""
    means = ", ".join(f"{RULE_WORDS[rule]} {v.mean():.1%}" for rule, v in measured.items())
    return f"Balanced accuracy under noise {noise:g}: {means}."


def strategies_figure(
    measured: Mapping[str, Mapping[RuleName, FloatArray]], chosen: str, height: int = 360
) -> go.Figure:
    """Draw balanced accuracies of rules and strategies, with 95 % intervals over seeds.

    Parameters
    ----------
    measured : mapping of strategy's words to mapping of rule to (seeds, K) array
    chosen : str
        Strategy that is drawn full; the others are hollow.
    height : int
        Pixels.
    """
    figure = base_figure(height)
    rules = list(RULE_WORDS)
    for number, (words, by_rule) in enumerate(measured.items()):
        found = np.array([interval(by_rule[rule].mean(axis=1)) for rule in rules])
        symbol = ("circle", "square", "diamond")[number % 3]
        color = ("#d55e00", "#0f86c9", "#8a8f98")[number % 3]
        figure.add_trace(
            go.Scatter(
                x=np.arange(len(rules)) + 0.14 * (number - 1),
                customdata=[RULE_SHORT[rule] for rule in rules],
                y=found[:, 0],
                mode="markers",
                name=words,
                marker={
                    "symbol": symbol if words == chosen else f"{symbol}-open",
                    "size": 11,
                    "color": color,
                },
                error_y={"array": found[:, 2] - found[:, 0], "thickness": 1.5, "color": color},
                hovertemplate="%{y:.1%} ± %{error_y.array:.1%}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_xaxes(
        tickvals=list(range(len(rules))),
        ticktext=[RULE_SHORT[rule].replace(" ", "<br>") for rule in rules],
        range=[-0.5, len(rules) - 0.5],
        tickangle=0,
        showgrid=False,
    )
    figure.update_yaxes(title="balanced accuracy", tickformat=".0%", range=[-0.02, 1.04])
    return figure
