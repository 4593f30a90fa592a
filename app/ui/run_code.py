"""What every page with runs hands over of them: the run, a step of it, its curves, as Python."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.figures.collapse_curves import collapse_curves_figure
from app.runs import Run, Snapshot
from app.runs.replay import snapshots_of
from app.ui.chart import Way
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


def step_shown(wanted: int | None, snapshots: Sequence[Snapshot]) -> int | None:
    """Return the step that a player shows, None for the last."""
    return wanted if any(s.step == wanted for s in snapshots[:-1]) else None


def arrays_at(run: Run, step: int | None) -> Mapping[str, Any]:
    """Return the arrays of a run at a step that it keeps, None for the last."""
    if step is None:
        return run.arrays
    return next(s.arrays for s in snapshots_of(run) if s.step == step)


def arrays_code(step: int | None) -> str:
    """Return `arrays_at` of `run` as Python that makes `arrays`."""
    return "arrays = run.arrays" if step is None else _AT_STEP.format(step=step)


def curves_way(run: Run, titles: Mapping[str, str], *code: str) -> Way:
    """Return the way to metrics of a run over its steps.

    Parameters
    ----------
    run : Run
    titles : mapping of str to str
        Title of each metric.
    code : str
        What makes `run`.
    """
    pairs = titles.items()
    lines = "".join(f"    {literal(name)}: {literal(title)},\n" for name, title in pairs)
    return Way(
        lambda: collapse_curves_figure(run.arrays["curve/step"], _curves(run, titles)),
        (*code, _CURVES.format(titles=lines)),
        "Curves",
        lambda: pd.DataFrame({"step": run.arrays["curve/step"]} | _curves(run, titles)),
    )


def _curves(run: Run, titles: Mapping[str, str]) -> dict[str, Any]:
    return {title: run.arrays[f"curve/{name}"] for name, title in titles.items()}
