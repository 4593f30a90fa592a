"""Folders of finished runs: those that ship with the app, and those made here."""

import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.runs.file import (
    PARTIAL,
    SUFFIX,
    AbsentFileError,
    DamagedFileError,
    read_header,
    read_run,
    write_run,
)
from app.runs.run import Run
from app.runs.words import shown
from app.spec import Spec

BUNDLED = Path(__file__).resolve().parents[2] / "cached_runs"
"""The runs that ship with the app."""
LOCAL_VARIABLE = "COLLAPSE_LAB_RUNS"
"""Environment variable that names the folder of runs made here."""
SIZE_VARIABLE = "COLLAPSE_LAB_RUNS_MB"
"""Environment variable with the megabytes that runs made here may take, 2000 by default."""
MOST_MEGABYTES = 2000
MOST_RUNS = 2000
"""Runs made here that are kept; the oldest go first, as they do beyond the megabytes."""
SET_ASIDE = "set-aside"
"""Subfolder that files which are no runs are moved to."""

_ID = re.compile("[0-9a-f]{16}")
# Writing takes milliseconds: a partial file of this age was left by a process that was killed.
_STALE_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """A stored run as its file's header tells it.

    Attributes
    ----------
    spec : Spec
    metrics : dict of str to float
    provenance : dict of str to str
    size : int
        Bytes of the file.
    bundled : bool
        Whether it ships with the app.
    """

    spec: Spec
    metrics: dict[str, float]
    provenance: dict[str, str]
    size: int
    bundled: bool

    @property
    def id(self) -> str:
        """Name of the run: the id of its spec."""
        return self.spec.id

    @property
    def kind(self) -> str:
        """Name of the spec's class."""
        return type(self.spec).__name__

    @property
    def created(self) -> str:
        """When it was computed, UTC, ISO 8601."""
        return self.provenance.get("created", "")


class RunStore:
    """Runs by the id of their spec, one file each.

    Any number of threads and processes may use the same folder. A file that is no run or not a
    whole one is named in a sentence and moved to the subfolder ``set-aside``; one that another
    version of the app wrote is named and left where it is.

    Parameters
    ----------
    folder : path
        Where runs are saved; made when the first one is.
    bundled : path, optional
        A folder that is looked at first and never changed.
    megabytes : int, optional
        What `folder` may hold. Beyond this, and beyond `MOST_RUNS` files, saving a run deletes
        the oldest ones; never the one that is being saved.
    """

    def __init__(
        self,
        folder: Path | str,
        bundled: Path | str | None = None,
        megabytes: int = MOST_MEGABYTES,
    ) -> None:
        self.folder = Path(folder)
        self.bundled = None if bundled is None else Path(bundled)
        self.megabytes = megabytes

    def save(self, run: Run) -> Path:
        """Write a run; one of the same spec is replaced, and the oldest may have to go.

        Raises
        ------
        UserError
            If the folder cannot be written, or somebody has put another run's file there.
        """
        path = self._path(self.folder, run.spec.id)
        if path.is_file():
            self._make_way(path)
        write_run(run, path)
        _make_room(self.folder, path, self.megabytes * 10**6)
        return path

    def __contains__(self, id: str) -> bool:
        return any(self._path(folder, id).is_file() for folder in self._folders())

    def load(self, id: str) -> Run:
        """Return a run, its arrays read when they are asked for.

        Raises
        ------
        UserError
            If there is no such run, or its file cannot be used.
        """
        problem = f"there is no run {shown(id)}."
        for folder in self._folders():
            path = self._path(folder, id)
            if not path.is_file():
                continue
            try:
                run = read_run(path)
                _check_name(path, run.spec)
            except AbsentFileError:
                continue  # another process has just deleted it
            except UserError as error:
                problem = self._told(path, error)
            else:
                return run
        raise UserError(problem)

    def list(self) -> tuple[Sequence[Entry], Sequence[str]]:
        """Return the runs, newest first, and a sentence for each file that cannot be used.

        Only headers are read. A bundled run hides a local one of the same id.
        """
        entries: dict[str, Entry] = {}
        problems = []
        for folder in self._folders():
            for path in _run_files(folder):
                try:
                    entry = _entry(path, bundled=folder == self.bundled)
                except AbsentFileError:
                    continue  # another process has just deleted or moved it
                except UserError as error:
                    if path.exists():  # not if that has just happened
                        problems.append(self._told(path, error))
                else:
                    entries.setdefault(entry.id, entry)
        _remove_stale(self.folder)
        return sorted(entries.values(), key=lambda e: (e.created, e.id), reverse=True), problems

    def delete(self, id: str) -> None:
        """Delete a run that was made here.

        Raises
        ------
        UserError
            If there is none, it ships with the app, or the folder cannot be written.
        """
        path = self._path(self.folder, id)
        if not path.is_file():
            ships = self.bundled is not None and self._path(self.bundled, id).is_file()
            reason = "it ships with the app" if ships else "there is no such run"
            raise UserError(f"run {shown(id)} cannot be deleted: {reason}.")
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"run {id} cannot be deleted ({error.strerror or error}).") from error

    def _folders(self) -> Iterator[Path]:
        if self.bundled is not None:
            yield self.bundled
        yield self.folder

    @staticmethod
    def _path(folder: Path, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise UserError(f"the id of a run is 16 hexadecimal digits, got {shown(id)}.")
        return folder / f"{id}{SUFFIX}"

    def _make_way(self, path: Path) -> None:
        """Move a file that is no run out of the way; refuse to replace what is another's."""
        try:
            _check_name(path, read_header(path).spec)
        except UserError as error:
            problem = self._told(path, error)
            if path.is_file():
                raise UserError(problem) from error

    def _told(self, path: Path, error: UserError) -> str:
        """What to tell of a file that cannot be used; moves it away if it never will be."""
        if not isinstance(error, DamagedFileError) or path.parent == self.bundled:
            return str(error)
        aside = path.parent / SET_ASIDE / f"{path.name}.{secrets.token_hex(4)}"
        try:
            aside.parent.mkdir(exist_ok=True)
            os.replace(path, aside)
        except OSError:
            return str(error)
        return f"{str(error).rstrip('.')}; it was moved to the folder {SET_ASIDE}."


def default_store() -> RunStore:
    """Return the store of this installation.

    Runs made here go to the folder that the environment variable COLLAPSE_LAB_RUNS names, else
    to cached_runs/local; COLLAPSE_LAB_RUNS_MB says how many megabytes they may take.

    Raises
    ------
    UserError
        If that is no number of megabytes.
    """
    text = os.environ.get(SIZE_VARIABLE) or str(MOST_MEGABYTES)
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise UserError(f"{SIZE_VARIABLE} must be a whole number from 1, got {shown(text)}.")
    return RunStore(os.environ.get(LOCAL_VARIABLE) or BUNDLED / "local", BUNDLED, int(text))


def _run_files(folder: Path) -> Sequence[Path]:
    """Files that should be runs, in the order of their names; none if there is no folder."""
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    return ()


def _entry(path: Path, bundled: bool) -> Entry:
    header = read_header(path)
    _check_name(path, header.spec)
    return Entry(header.spec, header.metrics, header.provenance, header.size, bundled)


def _check_name(path: Path, spec: Spec) -> None:
    """Refuse a run under a wrong name: `load` would not find it, or take it for another."""
    if path.stem != spec.id:
        raise UserError(f"{shown(path.name)} holds the run {spec.id}: rename it {spec.id}{SUFFIX}.")


def _make_room(folder: Path, newest: Path, bytes_allowed: int) -> None:
    """Delete the oldest runs until the others fit; what cannot be deleted stays."""
    found = []
    for path in _run_files(folder):
        with suppress(OSError):  # another process may have deleted it
            status = path.stat()
            found.append((path != newest, -status.st_mtime_ns, status.st_size, path))
    taken = 0
    for number, (other, _, size, path) in enumerate(sorted(found)):
        taken += size
        if other and (taken > bytes_allowed or number >= MOST_RUNS):
            with suppress(OSError):
                path.unlink()


def _remove_stale(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    with suppress(OSError):
        for path in folder.glob(f".*{PARTIAL}"):
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()
