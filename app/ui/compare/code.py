"""The Python that draws what the page shows."""

from collections.abc import Mapping

from app.ui.script import literal

_LOADED = """
import app.centers
import app.probe
import app.ufm.sweep
from app.figures.compare_curves import Course, compare_curves_figure
from app.runs import default_store

# What is imported of app alone are kinds of runs, which can be read from then on.
metrics = {metrics}
runs = {runs}
courses = {{}}
for title, id in runs.items():
    arrays = default_store().load(id).arrays
    kept = [name for name in metrics if f"curve/{{name}}" in arrays]
    courses[title] = Course(
        arrays["curve/step"], {{name: arrays[f"curve/{{name}}"] for name in kept}}
    )
figure = compare_curves_figure(courses, metrics)
"""


def curves_code(ids: Mapping[str, str], metrics: Mapping[str, str]) -> str:
    """Return a script that draws metrics of stored runs over their training.

    Parameters
    ----------
    ids : mapping of str to str
        Id of each run by its title.
    metrics : mapping of str to str
        Title of each metric.
    """
    return _LOADED.format(metrics=_lines(metrics), runs=_lines(ids))


def _lines(values: Mapping[str, str]) -> str:
    pairs = "".join(f"    {literal(key)}: {literal(value)},\n" for key, value in values.items())
    return f"{{\n{pairs}}}"
