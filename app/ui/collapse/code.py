"""The Python that repeats what the page shows."""

from app.runs import Run
from app.ufm import UFMSpec
from app.ui.script import literal, script, settings

_TRAINED = """
from app.runs import collect
from app.ufm import observe

run = collect(spec, observe(spec))
"""
_SOLVED = """
from app.ufm import solve

run = solve(spec)
"""
_READ = """
from pathlib import Path

from app.runs import read_run

run = read_run(Path("{name}.safetensors"))  # the file of the run that was stopped
spec = run.spec
"""
_ARRAYS = """
W, M = run.arrays["classifier"], run.arrays["means"]
names = [f"class {k + 1}" for k in range(len(W))]
"""
_AT_STEP = """
from app.runs.replay import snapshots_of

arrays = next(s.arrays for s in snapshots_of(run) if s.step == {step})
W, M = arrays["classifier"], arrays["means"]
names = [f"class {{k + 1}}" for k in range(len(W))]
"""
_NORMS = """
from app.figures.norms import norms_figure
from app.ufm.shape import shape_of

expected = reference.scaled_to(W, M)
figure = norms_figure(shape_of(W, M), shape_of(*expected), names)
"""
_GRAM = """
from app.figures.gram import gram_figure
from app.scenes.film import normalized_grams

expected = reference.scaled_to(W, M)
place = {place}  # of W W^T, H H^T, W H^T
figure = gram_figure(normalized_grams(W, M)[place], normalized_grams(*expected)[place], names)
"""
_GEOMETRY = """
from app.figures.geometry3d import geometry_figure
from app.ufm.view import principal_axes, project, turned_onto

expected = turned_onto(*reference.scaled_to(W, M), W, M)
axes = principal_axes(*expected)
figure = geometry_figure(project(W, M, axes), project(*expected, axes), names)
"""
_CURVES = """
from app.figures.collapse_curves import collapse_curves_figure

titles = {titles}
curves = {{titles[name]: run.arrays[f"curve/{{name}}"] for name in titles}}
figure = collapse_curves_figure(run.arrays["curve/step"], curves)
"""


def python_code(model: UFMSpec, *, solved: bool) -> str:
    """Return a script that trains or solves the model and prints its certificate."""
    return script(_settings(model), _SOLVED if solved else _TRAINED, "print(run.metrics)")


def norms_code(run: Run, reference: str) -> tuple[str, ...]:
    """Return the pieces of a script that draws norms and angles.

    Parameters
    ----------
    run : Run
    reference : str
        Python that makes what it is compared with.
    """
    return *_set_up(run), reference, _ARRAYS, _NORMS


def gram_code(run: Run, reference: str, place: int) -> tuple[str, ...]:
    """As `norms_code`, of a matrix: W W^T, H H^T or W H^T."""
    return *_set_up(run), reference, _ARRAYS, _GRAM.format(place=place)


def geometry_code(run: Run, reference: str, step: int | None) -> tuple[str, ...]:
    """As `norms_code`, of the geometry at a step, None for the last."""
    arrays = _ARRAYS if step is None else _AT_STEP.format(step=step)
    return *_set_up(run), reference, arrays, _GEOMETRY


def curves_code(run: Run, titles: dict[str, str]) -> tuple[str, ...]:
    """As `norms_code`, of metrics over the steps, with the title of each."""
    lines = "".join(f"    {literal(name)}: {literal(title)},\n" for name, title in titles.items())
    return *_set_up(run), _CURVES.format(titles=f"{{\n{lines}}}")


def _set_up(run: Run) -> tuple[str, ...]:
    """What makes `spec` and `run`; a run that was stopped is read from its file."""
    assert isinstance(run.spec, UFMSpec)
    if not run.complete:
        return (_READ.format(name=run.spec.id),)
    return _settings(run.spec), _TRAINED if "path/step" in run.arrays else _SOLVED


def _settings(model: UFMSpec) -> str:
    return settings(model, always=("counts",))
