"""The Python that draws what the page shows."""

from collections.abc import Mapping, Sequence


def python_code(ids: Sequence[str], metrics: Mapping[str, str]) -> str:
    """Return a script that draws metrics of stored runs over their training.

    Parameters
    ----------
    ids : sequence of str
        Of the runs.
    metrics : mapping of str to str
        Title of each metric.
    """
    return f"""\
import app.centers, app.probe, app.ufm.sweep  # the kinds of runs that can be read
from app.figures.compare_curves import Course, compare_curves_figure
from app.runs import default_store

metrics = {dict(metrics)!r}
courses = {{}}
for id in {list(ids)!r}:
    arrays = default_store().load(id).arrays
    kept = [name for name in metrics if f"curve/{{name}}" in arrays]
    courses[id] = Course(arrays["curve/step"], {{name: arrays[f"curve/{{name}}"] for name in kept}})
compare_curves_figure(courses, metrics).write_html("runs.html")
"""
