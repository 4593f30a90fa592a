"""The pictures of the player as figures to take away: geometry and curves."""

import numpy as np
import plotly.graph_objects as go

from app.figures.geometry3d import geometry_figure
from app.runs import Run
from app.ufm.view import principal_axes, project, turned_onto
from app.ui.chart import Way, take_away_each
from app.ui.collapse.code import geometry_code, set_up
from app.ui.collapse.reference import Reference
from app.ui.collapse.words import CURVES
from app.ui.run_code import arrays_at, curves_way

Arrays = tuple[np.ndarray, np.ndarray, list[str]]


def draw_take_away(run: Run, reference: Reference, key: str, step: int | None) -> None:
    """Draw the way to data and code of what the player shows.

    Parameters
    ----------
    run : Run
    reference : Reference
    key : str
        Of the player.
    step : int or None
        The step shown, None for the last.
    """
    code = geometry_code(run, reference.code, step)
    ways = {f"{key}:geometry": Way(lambda: geometry_of(run, reference, step), code, "Geometry")}
    if titles := {name: title for name, title in CURVES.items() if f"curve/{name}" in run.arrays}:
        ways[f"{key}:curves"] = curves_way(run, titles, *set_up(run))
    take_away_each(ways, key)


def geometry_of(run: Run, reference: Reference, step: int | None) -> go.Figure:
    """Draw classifier and means of a run over the prediction turned onto them."""
    W, M, names = shown_arrays(run, step)
    expected = turned_onto(*reference.prediction.scaled_to(W, M), W, M)
    axes = principal_axes(*expected)
    return geometry_figure(project(W, M, axes), project(*expected, axes), names)


def shown_arrays(run: Run, step: int | None = None) -> Arrays:
    """Return classifier and class means, both (K, d), at a step, None for the last; and names."""
    arrays = arrays_at(run, step)
    W, M = np.asarray(arrays["classifier"]), np.asarray(arrays["means"])
    return W, M, [f"class {k + 1}" for k in range(len(W))]
