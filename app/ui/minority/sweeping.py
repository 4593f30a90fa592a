"""The sweep behind the page: stored, or being computed."""

from app.cluster import clustered
from app.runs import Snapshot
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui.held import Held, held
from app.ui.minority.words import PAGE


def sweep_of(spec: SweepSpec) -> Held[SweepSpec]:
    """Return this session's sweep of these settings; computing begins unless it is stored."""
    found = held(PAGE, spec)
    if found.missing:
        found.begin(clustered(run_sweep))
    return found


def latest(found: Held[SweepSpec]) -> Snapshot | None:
    """What is known so far."""
    return next(iter(found.snapshots[-1:]), None)
