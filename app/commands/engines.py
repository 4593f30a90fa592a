"""What the command line can compute: kinds of settings and their engines, in one place."""

from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from app.errors import UserError
from app.runs import Run, Snapshot, collect
from app.runs.work import Engine
from app.spec import Spec
from app.ufm.device import device_of
from app.ufm.observe import observe
from app.ufm.spec import UFMSpec
from app.ufm.sweep import SweepSpec, run_sweep

ENGINES: dict[type[Spec], Engine] = {UFMSpec: observe, SweepSpec: run_sweep}


def compute(spec: Spec) -> Run:
    """Compute a spec, with a bar on a terminal.

    Raises
    ------
    UserError
        If nothing computes specs of its kind, or it cannot be computed.
    """
    if type(spec) not in ENGINES:
        raise UserError(f"there is no engine for {type(spec).__name__}.")
    origin = {"device": device_of(spec)} if isinstance(spec, UFMSpec) else None
    return collect(spec, _with_bar(spec, ENGINES[type(spec)](spec)), origin)


def _with_bar(spec: Any, snapshots: Iterator[Snapshot]) -> Iterator[Snapshot]:
    # disable=None: only if stderr is a terminal.
    with tqdm(total=spec.steps, disable=None, leave=False, unit="step") as bar:
        for snapshot in snapshots:
            bar.update(snapshot.step - bar.n)
            yield snapshot
