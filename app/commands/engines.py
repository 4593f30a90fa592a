"""What the command line can compute: kinds of settings and their engines, in one place."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar

import click
from tqdm import tqdm

from app.centers import CentersSpec
from app.centers import run as run_centers
from app.cluster import VARIABLE, Cluster, compute_on, device_on
from app.device import device_for
from app.errors import UserError
from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.runs import Run, Snapshot, collect
from app.runs.work import Engine
from app.spec import Spec
from app.ufm.device import device_of
from app.ufm.observe import observe
from app.ufm.spec import UFMSpec
from app.ufm.sweep import SweepSpec, run_sweep

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINES: dict[type[Spec], Engine] = {
    UFMSpec: observe,
    SweepSpec: run_sweep,
    ProbeSpec: run_probe,
    CentersSpec: run_centers,
}
_NOT_SHIPPED = frozenset({ProbeSpec, CentersSpec})


def shipped_kinds() -> list[type[Spec]]:
    """Kinds whose defaults and presets ship with the app as runs.

    Not comparisons of re-training: which state they report depends on rounding, hence on the
    machine, and their page computes them in seconds. Nor models of centers, which take one.
    """
    return [kind for kind in ENGINES if kind not in _NOT_SHIPPED]


def scheduler_option(command: Command) -> Command:
    """Give a command an option for the scheduler of a cluster."""
    return click.option(
        "--scheduler",
        metavar="ADDRESS",
        envvar=VARIABLE,
        show_envvar=True,
        help="Compute on the workers of this Dask scheduler, such as tcp://10.0.0.5:8786.",
    )(command)


def compute(spec: Spec, scheduler: str | None = None) -> Run:
    """Compute a spec, with a bar on a terminal.

    Parameters
    ----------
    spec : Spec
    scheduler : str, optional
        Address of the scheduler whose workers compute; by default this process does.

    Raises
    ------
    UserError
        If nothing computes specs of its kind, it cannot be computed, or a cluster fails.
    """
    if type(spec) not in ENGINES:
        raise UserError(f"there is no engine for {type(spec).__name__}.")
    if scheduler is None:
        return collect(spec, _with_bar(spec, ENGINES[type(spec)](spec)), _origin(spec))
    with closing(Cluster(scheduler, _tell)) as cluster:
        cluster.workers()  # To say how many there are.
        device = device_on(cluster, spec)
        origin = None if device is None else {"device": device}
        return collect(spec, _with_bar(spec, compute_on(cluster, spec)), origin)


def _tell(words: str) -> None:
    """On stderr, above the bar."""
    tqdm.write(f"Cluster: {words}", file=sys.stderr)


def _origin(spec: Spec) -> dict[str, str] | None:
    if isinstance(spec, ProbeSpec):
        return {"device": device_for(spec.device)}
    return {"device": device_of(spec)} if isinstance(spec, UFMSpec) else None


def _with_bar(spec: Any, snapshots: Iterator[Snapshot]) -> Iterator[Snapshot]:
    # disable=None: only if stderr is a terminal. Not every kind knows its steps beforehand.
    total = getattr(spec, "steps", None)
    with tqdm(total=total, disable=None, leave=False, unit="step") as bar:
        for snapshot in snapshots:
            bar.update(snapshot.step - bar.n)
            yield snapshot
