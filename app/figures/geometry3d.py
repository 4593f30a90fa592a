"""Class vectors and class means in three dimensions, over the ghosts of what theory predicts."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.palette import class_colors
from app.figures.style import base_figure, plain
from app.ufm.view import View

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GHOST = "#8a8f98"
MARKS = "◆ class vector   ● class mean"
THEORY_MARKS = "   ◇ ○ theory"
_MOST_NAMES = 20
_MARGIN = 1.1
_EYE = {"x": 0.95, "y": 0.8, "z": 0.6}


def geometry_figure(
    view: View,
    theory: View | None,
    names: list[str],
    features: tuple[FloatArray, IntArray] | None = None,
    centers: tuple[FloatArray, IntArray] | None = None,
    height: int = 520,
) -> go.Figure:
    """Draw class vectors (diamonds) and class means (discs) as arrows from the origin.

    Classifier and features have units of their own: each is drawn in units of its longest vector,
    the theory's if there is one, so that a growing run grows in the picture.

    Parameters
    ----------
    view : View
        Measured.
    theory : View or None
        The prediction, turned onto the measured geometry and shown on the same axes.
    names : list of K str
        Plain text.
    features : ((N, 3), (N,) int), optional
        Features on the axes of the view, and their classes.
    centers : ((F, 3), (F,) int), optional
        Centers of a multi-center frame on the axes of the view, and their classes.
    height : int
        Pixels.
    """
    units = _longest((theory or view).classifier), _longest((theory or view).means)
    figure = base_figure(height, showlegend=False)
    if theory is not None:
        tips = theory.classifier / units[0], theory.means / units[1]
        figure.add_trace(_ghosts(tips[0], names, "class vector", "diamond-open"))
        figure.add_trace(_ghosts(tips[1], names, "class mean", "circle-open"))
    if features is not None:
        figure.add_trace(_cloud(features[0] / units[1], features[1], names))
    if centers is not None:
        figure.add_trace(_landmarks(centers[0] / units[1], centers[1], names))
    means, classifier = view.means / units[1], view.classifier / units[0]
    figure.add_trace(_arrows(means, names, "Class mean", "circle", 3.0))
    figure.add_trace(_arrows(classifier, names, "Class vector", "diamond", 6.0))
    if len(names) <= _MOST_NAMES:
        figure.add_trace(_labels(classifier, means, names))
    _box(figure, max(1.0, _longest(means), _longest(classifier)))
    marks = MARKS if theory is None else MARKS + THEORY_MARKS
    for words, y, side in ((marks, 1, "top"), (view_words(view), 0, "bottom")):
        figure.add_annotation(
            text=words,
            x=0,
            y=y,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor=side,
            showarrow=False,
            font={"size": 13},
        )
    return figure


def view_words(view: View) -> str:
    """Say which view it is: exact, or a projection with the share that it keeps."""
    if view.exact:
        return "Exact: all vectors lie in these three dimensions"
    # Rounding must not make a projection look whole.
    share = f"{view.share:.1%}" if view.share < 0.9995 else "more than 99.9%"
    return f"Projection on three principal axes: keeps {share} of the squared length"


def alt_text(view: View, theory: View | None, names: list[str]) -> str:
    """What the picture says: which view it is, and how far the measured vectors are from theory."""
    start = f"Class vectors and class means of {len(names)} classes. {view_words(view)}."
    if theory is None:
        return start
    off = [
        np.linalg.norm(measured - predicted) / (np.linalg.norm(predicted) or 1.0)
        for measured, predicted in (
            (view.classifier, theory.classifier),
            (view.means, theory.means),
        )
    ]
    return (
        f"{start} Measured and theory differ by {off[0]:.2g} of the length of the class vectors "
        f"and {off[1]:.2g} of that of the class means."
    )


def _longest(vectors: FloatArray) -> float:
    return float(np.linalg.norm(vectors, axis=1).max()) or 1.0


def _from_origin(tips: FloatArray) -> NDArray[np.float32]:
    """Coordinates (3, 3K) of lines from the origin to every tip, with a gap after each."""
    lines = np.zeros((len(tips), 3, 3), dtype=np.float32)
    lines[:, 1] = tips
    lines[:, 2] = np.nan
    return lines.reshape(-1, 3).T


def _arrows(
    tips: FloatArray, names: list[str], title: str, symbol: str, width: float
) -> go.Scatter3d:
    """One trace for all classes: 200 of them must still turn smoothly."""
    x, y, z = _from_origin(tips)
    colors = [color for color in class_colors(len(tips)) for _ in range(3)]
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="lines+markers",
        line={"color": colors, "width": width},
        marker={
            "color": colors,
            "symbol": symbol,
            "size": [0, 8, 0] * len(tips),
            "opacity": 1,
            "line": {"width": 0},
        },
        customdata=[plain(name) for name in names for _ in range(3)],
        hovertemplate=f"{title} of %{{customdata}}<extra></extra>",
        name=title,
    )


def _ghosts(tips: FloatArray, names: list[str], title: str, symbol: str) -> go.Scatter3d:
    x, y, z = _from_origin(tips)
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="lines+markers",
        line={"color": GHOST, "width": 3, "dash": "dash"},
        marker={"color": GHOST, "symbol": symbol, "size": [0, 11, 0] * len(tips)},
        customdata=[plain(name) for name in names for _ in range(3)],
        hoverinfo="skip",
        name=f"Theory: {title}",
    )


def _cloud(points: FloatArray, classes: IntArray, names: list[str]) -> go.Scatter3d:
    x, y, z = points.T.astype(np.float32)
    colors = class_colors(len(names))
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="markers",
        marker={"color": [colors[k] for k in classes], "size": 2.5, "opacity": 0.6},
        customdata=[plain(names[k]) for k in classes],
        hoverinfo="skip",
        name="Feature",
    )


def _landmarks(points: FloatArray, classes: IntArray, names: list[str]) -> go.Scatter3d:
    x, y, z = points.T.astype(np.float32)
    colors = class_colors(len(names))
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="markers",
        marker={"color": [colors[k] for k in classes], "size": 6, "symbol": "x"},
        customdata=[plain(names[k]) for k in classes],
        hovertemplate="Center of %{customdata}<extra></extra>",
        name="Center",
    )


def _labels(classifier: FloatArray, means: FloatArray, names: list[str]) -> go.Scatter3d:
    """Names beyond the longer of a class's two vectors."""
    longer = np.linalg.norm(classifier, axis=1) >= np.linalg.norm(means, axis=1)
    x, y, z = (1.12 * np.where(longer[:, None], classifier, means)).T.astype(np.float32)
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="text",
        text=[plain(name) for name in names],
        textfont={"size": 13},
        hoverinfo="skip",
    )


def _box(figure: go.Figure, reach: float) -> None:
    """A cube around the origin; the way it was turned stays when values change."""
    axis = {"visible": False, "range": [-_MARGIN * reach, _MARGIN * reach]}
    figure.update_layout(
        scene={
            "xaxis": axis,
            "yaxis": axis,
            "zaxis": axis,
            "aspectmode": "cube",
            "camera": {"eye": _EYE},
            "dragmode": "orbit",
            "uirevision": "geometry",
        }
    )
