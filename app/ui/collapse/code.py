"""The Python that repeats what the page shows."""

from app.runs import Run
from app.ufm import UFMSpec
from app.ui.run_code import arrays_code, run_code
from app.ui.script import script, settings

_TRAINED = """
from app.runs import collect
from app.ufm import observe

run = collect(spec, observe(spec))
"""
_SOLVED = """
from app.ufm import solve

run = solve(spec)
"""
_VECTORS = """
W, M = arrays["classifier"], arrays["means"]
names = [f"class {k + 1}" for k in range(len(W))]
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


def python_code(model: UFMSpec, *, solved: bool) -> str:
    """Return a script that trains or solves the model and prints its certificate."""
    return script(
        settings(model, always=("counts",)), _SOLVED if solved else _TRAINED, "print(run.metrics)"
    )


def norms_code(run: Run, reference: str) -> tuple[str, ...]:
    """Return the pieces of a script that draws norms and angles.

    Parameters
    ----------
    run : Run
    reference : str
        Python that makes what it is compared with.
    """
    return *set_up(run), reference, arrays_code(None), _VECTORS, _NORMS


def gram_code(run: Run, reference: str, place: int) -> tuple[str, ...]:
    """As `norms_code`, of a matrix: W W^T, H H^T or W H^T."""
    return *set_up(run), reference, arrays_code(None), _VECTORS, _GRAM.format(place=place)


def geometry_code(run: Run, reference: str, step: int | None) -> tuple[str, ...]:
    """As `norms_code`, of the geometry at a step, None for the last."""
    return *set_up(run), reference, arrays_code(step), _VECTORS, _GEOMETRY


def set_up(run: Run) -> tuple[str, ...]:
    """Return what makes `spec` and `run`."""
    return run_code(run, _TRAINED if "path/step" in run.arrays else _SOLVED)
