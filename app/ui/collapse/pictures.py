"""The pictures of the player as figures to take away: geometry and curves."""

import numpy as np
import plotly.graph_objects as go

from app.figures.collapse_curves import collapse_curves_figure
from app.figures.geometry3d import geometry_figure
from app.runs import Run
from app.runs.replay import snapshots_of
from app.ufm.view import principal_axes, project, turned_onto
from app.ui.chart import Way, take_away_each
from app.ui.collapse.code import course_code, geometry_code
from app.ui.collapse.reference import Reference
from app.ui.collapse.words import CURVES

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
    if titles := _titles(run):
        way = Way(lambda: curves_of(run), course_code(run, titles), "Curves")
        ways[f"{key}:curves"] = way
    take_away_each(ways, key)


def curves_of(run: Run) -> go.Figure:
    """Draw every metric of a run over its steps."""
    curves = {title: run.arrays[f"curve/{name}"] for name, title in _titles(run).items()}
    return collapse_curves_figure(run.arrays["curve/step"], curves)


def _titles(run: Run) -> dict[str, str]:
    return {name: title for name, title in CURVES.items() if f"curve/{name}" in run.arrays}


def geometry_of(run: Run, reference: Reference, step: int | None) -> go.Figure:
    """Draw classifier and means of a run over the prediction turned onto them."""
    W, M, names = shown_arrays(run, step)
    expected = turned_onto(*reference.prediction.scaled_to(W, M), W, M)
    axes = principal_axes(*expected)
    return geometry_figure(project(W, M, axes), project(*expected, axes), names)


def shown_arrays(run: Run, step: int | None = None) -> Arrays:
    """Return classifier and class means, both (K, d), at a step, None for the last; and names."""
    arrays = run.arrays
    if step is not None:
        arrays = next(s.arrays for s in snapshots_of(run) if s.step == step)
    W, M = np.asarray(arrays["classifier"]), np.asarray(arrays["means"])
    return W, M, [f"class {k + 1}" for k in range(len(W))]
