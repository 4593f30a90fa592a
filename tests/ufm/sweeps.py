"""Small grids of models, their borders and what is said of them."""

from functools import cache

import numpy as np

from app.runs import collect
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_findings import findings
from app.ufm.sweep_theory import sweep_theory as uncached_theory

SMALL = {"size": 12}
sweep_theory = cache(uncached_theory)


@cache
def swept(**fields):
    spec = SweepSpec(**SMALL | fields)
    return spec, collect(spec, run_sweep(spec))


def border_of(spec, run):
    """Measured border and the sizes of the samples in its columns."""
    border = run.arrays["border"]
    crossed = np.isfinite(border)
    assert crossed.sum() >= 4
    return border[crossed], spec.counts[crossed]


def said(spec, run):
    return " ".join(findings(spec, run.arrays, sweep_theory(spec)))
