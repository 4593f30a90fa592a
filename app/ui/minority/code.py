"""The Python that repeats what the page shows."""

from app.ufm.sweep import SweepSpec
from app.ui.script import call, script, settings

_RUN = """
from app.runs import collect
from app.ufm.sweep import run_sweep
from app.ufm.sweep_theory import sweep_theory

run = collect(spec, run_sweep(spec))
theory = sweep_theory(spec)
"""


def python_code(sweep: SweepSpec) -> str:
    """Return a script that computes the sweep and prints what it shows."""
    shown = """
from app.ufm.sweep_findings import findings

print(run.arrays["minority_distance"])  # rows: decays, columns: ratios
print("\\n".join(findings(spec, run.arrays, theory)))
"""
    return script(settings(sweep), _RUN, shown)


def map_code(sweep: SweepSpec, quantity: str, picked: tuple[int, int] | None) -> tuple[str, ...]:
    """Return the pieces of a script that draws the map."""
    more = {} if picked is None else {"picked": picked}
    drawn = call("sweep_figure", "spec", "run.arrays", "theory", quantity=quantity, **more)
    figure = f"from app.figures.sweep_map import sweep_figure\n\nfigure = {drawn}"
    return settings(sweep), _RUN, figure
