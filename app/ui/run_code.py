"""Pieces of scripts that every page with runs shows: the run, a step of it, its curves."""

from collections.abc import Mapping

from app.runs import Run
from app.ui.script import literal, settings

_READ = """
from pathlib import Path

from app.runs import read_run

run = read_run(Path("{name}.safetensors"))  # the file of the run that was stopped
spec = run.spec
"""
_AT_STEP = """
from app.runs.replay import snapshots_of

arrays = next(s.arrays for s in snapshots_of(run) if s.step == {step})
"""
_CURVES = """
from app.figures.collapse_curves import collapse_curves_figure

titles = {{
{titles}}}
curves = {{titles[name]: run.arrays[f"curve/{{name}}"] for name in titles}}
figure = collapse_curves_figure(run.arrays["curve/step"], curves)
"""


def run_code(run: Run, computed: str) -> tuple[str, ...]:
    """Return what makes `spec` and `run`; a run that was stopped is read from its file.

    Parameters
    ----------
    run : Run
    computed : str
        Python that makes `run` of `spec`.
    """
    if not run.complete:
        return (_READ.format(name=run.spec.id),)
    return settings(run.spec, always=("counts",)), computed


def arrays_code(step: int | None) -> str:
    """Return what makes `arrays` of `run`: those at a step, None for the last."""
    return "arrays = run.arrays" if step is None else _AT_STEP.format(step=step)


def curves_code(titles: Mapping[str, str]) -> str:
    """Return what makes `figure` of `run`: metrics over the steps, with the title of each."""
    pairs = titles.items()
    lines = "".join(f"    {literal(name)}: {literal(title)},\n" for name, title in pairs)
    return _CURVES.format(titles=lines)
