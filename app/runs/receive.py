"""A run's file that somebody sent, before it is kept among one's own."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.runs.file import SUFFIX, read_run
from app.runs.run import Run
from app.runs.store import RunStore
from app.runs.words import shown

LARGEST_FILE = 64 * 2**20
"""Bytes; a run's trajectories take 32 MB at most."""
MAX_ORIGIN = 40
"""Entries of a provenance."""
LONGEST_ORIGIN = 200
"""Characters of each of them."""

_NAME = re.compile("[A-Za-z][A-Za-z0-9_/.-]{0,99}")
Arrays = Mapping[str, NDArray[Any]]


def received(content: bytes) -> Run:
    """Read a run from the content of a file of any origin; its arrays are in memory.

    The time of this is added to its provenance as "received".

    Parameters
    ----------
    content : bytes

    Raises
    ------
    UserError
        If it is too large, no run or not a whole one, of a version or kind that this app does
        not read, or holds what no engine of this app writes; or there is no room to look at it.
    """
    if len(content) > LARGEST_FILE:
        raise UserError(
            f"the file of a run must have at most {LARGEST_FILE:,} bytes, got {len(content):,}."
        )
    run, arrays = _read(content)
    _check_names([*arrays, *run.metrics])
    _check_series(arrays, "curve")
    _check_series(arrays, "path")
    _check_path(arrays)
    _check_origin(run.provenance)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Run(run.spec, arrays, run.metrics, {**run.provenance, "received": now})


def _read(content: bytes) -> tuple[Run, dict[str, NDArray[Any]]]:
    """The run of a file's content, by way of a file, and its arrays."""
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"upload{SUFFIX}"
            path.write_bytes(content)
            run = read_run(path)
            return run, {name: run.arrays[name] for name in run.arrays}
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"the file cannot be checked: no temporary copy ({reason}).") from error


def keep(run: Run, store: RunStore) -> None:
    """Save a received run under the id of its spec; what is stored already stays as it is.

    Raises
    ------
    UserError
        If there is a run of the same spec, or the folder cannot be written.
    """
    if run.spec.id in store:
        raise UserError(f"run {run.spec.id} is stored here already: it stays as it is.")
    store.save(run)


def _check_names(names: list[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise UserError(f"arrays and metrics of a run have plain names, got {shown(name)}.")


def _check_series(arrays: Arrays, prefix: str) -> None:
    """Check that all series of a prefix go with its steps, which rise."""
    names = [name for name in arrays if name.startswith(f"{prefix}/")]
    if not names:
        return
    steps = arrays.get(f"{prefix}/step", np.zeros(0))
    if steps.ndim != 1 or steps.dtype.kind not in "iu" or not steps.size:
        raise UserError(f"{prefix}/step must be whole numbers, one a snapshot.")
    if steps[0] < 0 or (steps[1:] <= steps[:-1]).any():
        raise UserError(f"{prefix}/step must rise from 0 or more.")
    for name in names:
        length = arrays[name].shape[:1]
        if length != steps.shape or (prefix == "curve" and arrays[name].ndim != 1):
            raise UserError(f"{name} must have one entry for each of {steps.size:,} steps.")


def _check_path(arrays: Arrays) -> None:
    """Check that trajectories are those of the final arrays, at steps that curves have too."""
    if "path/step" not in arrays:
        return
    if not np.isin(arrays["path/step"], arrays.get("curve/step", ())).all():
        raise UserError("curve/step must hold every one of path/step.")
    for name, path in arrays.items():
        final = name.removeprefix("path/")
        if final in (name, "step"):
            continue
        if final not in arrays or arrays[final].shape != path.shape[1:]:
            raise UserError(f"{name} must have the shape of {final} in every step.")


def _check_origin(provenance: Mapping[str, str]) -> None:
    longest = max(map(len, [*provenance, *provenance.values()]), default=0)
    if len(provenance) > MAX_ORIGIN or longest > LONGEST_ORIGIN:
        raise UserError(
            f"the provenance of a run must be at most {MAX_ORIGIN} texts of "
            f"{LONGEST_ORIGIN} characters, got {len(provenance)} of up to {longest:,}."
        )
