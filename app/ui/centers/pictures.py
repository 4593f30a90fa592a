"""The pictures of the player as figures to take away: features among their centers, and curves."""

import plotly.graph_objects as go

from app.centers import expected
from app.centers.metrics import unit_rows
from app.figures.geometry3d import geometry_figure
from app.runs import Run
from app.scenes.centers import CentersFilm, mean_view
from app.ufm.view import project
from app.ui.centers.code import geometry_code, set_up
from app.ui.chart import Way, take_away_each
from app.ui.run_code import arrays_at, curves_way


def draw_take_away(film: CentersFilm, run: Run, key: str, step: int | None) -> None:
    """Draw the way to data and code of what the player shows.

    Parameters
    ----------
    film : CentersFilm
    run : Run
    key : str
        Of the player.
    step : int or None
        The step shown, None for the last.
    """
    titles = {curve.metric: curve.title for curve in film.curves}
    code = geometry_code(run, step)
    take_away_each(
        {
            f"{key}:geometry": Way(lambda: geometry_of(film, run, step), code, "Geometry"),
            f"{key}:curves": curves_way(run, titles, *set_up(run)),
        },
        key,
    )


def geometry_of(film: CentersFilm, run: Run, step: int | None) -> go.Figure:
    """Draw features, class means and centers on axes along the mean directions."""
    arrays = arrays_at(run, step)
    frame, axes = film.model.frame, mean_view(film.model.frame).axes
    means, ends = arrays["unit_means"], expected(film.model).directions
    features = unit_rows(arrays["features"]) @ axes, run.arrays["feature_labels"]
    theory = None if ends is None else project(frame.classifier, ends, axes)
    return geometry_figure(
        project(frame.classifier, means, axes),
        theory,
        [f"class {name}" for name in film.class_names],
        features,
        (frame.centers @ axes, frame.owners),
    )
