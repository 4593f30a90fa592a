"""Where each rule puts the boundary of a pair of classes, against how unequal they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.style import ADJUSTER_COLORS, ADJUSTER_DASHES, base_figure, plain
from app.theory import boundary_angle, etf_angle, mla_floor
from app.theory.boundary import Rule

FloatArray = NDArray[np.float64]

OPTIMUM_COLOR = "#8a8f98"
POINTS = 241
MAX_RATIO = 1000.0


@dataclass(frozen=True, eq=False)
class AngleCurves:
    """Boundary angles in degrees, from class i's vector towards class j's, over n_j / n_i.

    Attributes
    ----------
    ratio : (P,) array
        n_j / n_i, rising.
    mla, ala, pairwise, optimum : (P,) arrays
        The rules at the chosen parameters; `optimum` is best for the pair when class noise is
        isotropic, shrinks as n^-1/2 and is small. `ala` is NaN where one class owns the whole
        circle of the feature norm.
    psi, floor : float
        Angle between the class vectors, and ``psi - 90``, which MLA never goes below.
    """

    ratio: FloatArray
    mla: FloatArray
    ala: FloatArray
    pairwise: FloatArray
    optimum: FloatArray
    psi: float
    floor: float


def angle_curves(
    num_classes: int,
    gamma: float,
    tau: float,
    feature_norm: float,
    gamma_1vs1: float,
    ratio: FloatArray | None = None,
) -> AngleCurves:
    """Return the curves at the given count ratios, 1/1000 to 1000 by default.

    For two classes the 1vs1adjuster compares plain logits (`app.theory.pair_factors`): its
    boundary stays at 90 degrees.

    Raises
    ------
    UserError
        If an argument is out of range, see `app.theory.boundary_angle`.
    """
    if ratio is None:
        ratio = np.geomspace(1 / MAX_RATIO, MAX_RATIO, POINTS)
    rules: tuple[tuple[Rule, float], ...] = (
        ("mla", gamma),
        ("ala", tau),
        ("1vs1", gamma_1vs1),
        ("sine", 0.5),
    )
    mla, ala, pairwise, optimum = (
        np.rad2deg(boundary_angle(rule, 1.0, ratio, num_classes, strength, feature_norm))
        for rule, strength in rules
    )
    if num_classes == 2:
        pairwise = np.full_like(pairwise, 90.0)
    psi, floor = np.rad2deg([etf_angle(num_classes), mla_floor(num_classes)]).tolist()
    return AngleCurves(ratio, mla, ala, pairwise, optimum, psi, floor)


def angle_figure(
    num_classes: int,
    gamma: float,
    tau: float,
    feature_norm: float,
    gamma_1vs1: float,
    pair_ratio: float | None = None,
    pair_label: str | None = None,
) -> go.Figure:
    """Draw the boundary angle of every rule against the count ratio, with a chosen pair marked.

    Parameters
    ----------
    num_classes : int
        K of the simplex ETF.
    gamma, tau, feature_norm, gamma_1vs1 : float
        Of MLA, ALA (at that norm of the feature) and the 1vs1adjuster.
    pair_ratio : float, optional
        n_j / n_i of the pair to mark, above 0.
    pair_label : str, optional
        Plain text beside the mark.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    settings = (num_classes, gamma, tau, feature_norm, gamma_1vs1)
    pair = None if pair_ratio is None else angle_curves(*settings, np.array([pair_ratio]))
    return draw_angles(angle_curves(*settings), feature_norm, pair, pair_label or "")


def draw_angles(
    curves: AngleCurves, feature_norm: float, pair: AngleCurves | None = None, label: str = ""
) -> go.Figure:
    """Draw curves that are already computed, and a dot on each where they are `pair`."""
    color = ADJUSTER_COLORS["mla"]
    floor = {"line": {"color": color, "dash": "dot", "width": 1.2}, "xref": "x domain", "yref": "y"}
    note = {
        "text": f"MLA cuts no closer: {curves.floor:.1f}°",
        "font": {"color": color},
        "showarrow": False,
        "xref": "x domain",
        "yref": "y",
        "xanchor": "right",
        "yanchor": "bottom",
    }
    lines, shapes, notes = _marked(pair, label)
    powers = np.arange(-3, 4)
    return base_figure(
        420,
        [*_drawn(curves, feature_norm), *lines],
        {
            "type": "log",
            "title": {"text": "count ratio n_j / n_i"},
            "range": np.log10(curves.ratio[[0, -1]]).tolist(),
            "tickvals": (10.0**powers).tolist(),
            "ticktext": [f"{10**p:,}" if p >= 0 else f"1/{10**-p:,}" for p in powers.tolist()],
            "hoverformat": ",.3~g",
        },
        {
            "title": {"text": "boundary angle from class i"},
            "range": [0, curves.psi],
            "ticksuffix": "°",
            "dtick": 15,
        },
        hovermode="x unified",
        shapes=[floor | {"x0": 0, "x1": 1, "y0": curves.floor, "y1": curves.floor}, *shapes],
        annotations=[note | {"x": 1, "y": curves.floor}, *notes],
    )


def _drawn(curves: AngleCurves, feature_norm: float) -> list[dict[str, Any]]:
    """The curves as traces."""
    return [
        {
            "type": "scatter",
            "x": curves.ratio,
            "y": angles,
            "mode": "lines",
            "name": title,
            "legendgroup": key,
            "line": {"color": color, "dash": dash, "width": 2.5},
            "connectgaps": False,
            "hovertemplate": "%{y:.1f}°",
        }
        for key, title, angles, color, dash in _lines(curves, feature_norm)
    ]


def alt_text(
    num_classes: int,
    gamma: float,
    tau: float,
    feature_norm: float,
    gamma_1vs1: float,
    pair_ratio: float | None = None,
) -> str:
    """What the chart says, in a sentence or two; at ratio 100 unless a pair is chosen."""
    ratio = 100.0 if pair_ratio is None else pair_ratio
    at = angle_curves(num_classes, gamma, tau, feature_norm, gamma_1vs1, np.array([ratio]))
    ala = f"{at.ala[0]:.1f} degrees" if np.isfinite(at.ala[0]) else "no boundary at all"
    return (
        f"Boundary angle from class i where class j has {ratio:.3g} times its samples, "
        f"{num_classes} classes: MLA {at.mla[0]:.1f} degrees, "
        f"1vs1adjuster {at.pairwise[0]:.1f} degrees, small-noise optimum "
        f"{at.optimum[0]:.1f} degrees, ALA at feature norm {feature_norm:.3g} {ala}. "
        f"MLA never cuts closer than {at.floor:.1f} degrees."
    )


def _lines(
    curves: AngleCurves, feature_norm: float
) -> tuple[tuple[str, str, FloatArray, str, str], ...]:
    """(key, title, degrees, colour, dash) of every curve; the optimum first, to lie below."""
    ala = f"ALA at feature norm {feature_norm:.3g}"
    color, dash = ADJUSTER_COLORS, ADJUSTER_DASHES
    return (
        ("optimum", "Small-noise optimum", curves.optimum, OPTIMUM_COLOR, "dot"),
        ("1vs1", "1vs1adjuster", curves.pairwise, color["1vs1"], dash["1vs1"]),
        ("ala", ala, curves.ala, color["ala"], dash["ala"]),
        ("mla", "MLA", curves.mla, color["mla"], dash["mla"]),
    )


def _marked(
    pair: AngleCurves | None, label: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """A dot on every curve at the pair's ratio, a line through them, and its name."""
    if pair is None:
        return [], [], []
    ratio = float(pair.ratio[0])
    lines = [line for line in _lines(pair, 1.0) if np.isfinite(line[2][0])]
    dots = {
        "type": "scatter",
        "x": [ratio] * len(lines),
        "y": [float(angles[0]) for _, _, angles, _, _ in lines],
        "mode": "markers",
        "marker": {
            "color": [color for _, _, _, color, _ in lines],
            "size": 10,
            "line": {"color": "white", "width": 1.5},
        },
        "name": "chosen pair",
        "showlegend": False,
        "hoverinfo": "skip",
    }
    line = {"x0": ratio, "x1": ratio, "y0": 0, "y1": 1, "xref": "x", "yref": "y domain"}
    name = {
        "x": float(np.log10(ratio)),
        "y": 1.0,
        "xref": "x",
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "left" if ratio < 1 else "right",
        "text": plain(label),
        "showarrow": False,
    }
    return [dots], [line | {"line": {"color": OPTIMUM_COLOR, "width": 1}}], [name] * bool(label)
