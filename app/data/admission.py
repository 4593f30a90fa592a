"""Room for what visitors upload: large files one after another, and a bound on all together."""

import io
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.data.limits import MEBIBYTE, Limits
from app.data.source import FileLike
from app.data.upload import UploadError
from app.data.words import size

LARGE = 32 * MEBIBYTE
"""Bytes of a file from which on it waits for others to be read."""
_PATIENCE = 60.0  # seconds
_IN_MEMORY = 3  # times a file that reading it takes at most, beside the file (`app.data.apart`)
_CGROUP = Path("/sys/fs/cgroup/memory.max")


@cache
def share() -> int:
    """Bytes that uploads may take as they came, and again as arrays: a quarter of the memory.

    Of the container's memory if that is bounded; 1 GiB where the system does not say.
    """
    known = [4 << 30]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        known = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    if _CGROUP.is_file() and (text := _CGROUP.read_text().strip()).isdigit():
        known.append(int(text))
    return min(known) // 4


class Room:
    """Counts the bytes of arrays that are in use, and lets one large file at a time be read."""

    def __init__(self, total: int, patience: float = _PATIENCE) -> None:
        self.total = total
        self.held = 0
        self.waiting = 0
        self._patience = patience
        # A finalizer may run in the middle of any of these methods.
        self._lock = threading.RLock()
        self._turn = threading.Lock()

    @contextmanager
    def reading(self, count: int) -> Iterator[None]:
        """Wait for the turn of a file of ``count`` bytes, while it is read.

        Raises
        ------
        UploadError
            If there is no room for it, or its turn does not come.
        """
        self._check(_IN_MEMORY * count)
        if count < LARGE:
            yield
            return
        with self._counted() as others:
            if not self._turn.acquire(timeout=self._patience):
                raise UploadError(
                    f"{others} other large files are being read; try again in a minute."
                )
        try:
            self._check(_IN_MEMORY * count)
            yield
        finally:
            self._turn.release()

    def hold(self, array: NDArray[Any]) -> None:
        """Count an array until it is garbage."""
        self._add(array.nbytes)
        weakref.finalize(array, self._add, -array.nbytes).atexit = False

    @contextmanager
    def _counted(self) -> Iterator[int]:
        with self._lock:
            self.waiting += 1
            others = self.waiting
        try:
            yield others
        finally:
            with self._lock:
                self.waiting -= 1

    def _add(self, count: int) -> None:
        with self._lock:
            self.held += count

    def _check(self, needed: int) -> None:
        if self.held + needed > self.total:
            raise UploadError(
                f"it may need {size(needed)} of memory, and {size(self.held)} of the "
                f"{size(self.total)} for uploads of all visitors are taken; try again later."
            )


@cache
def room() -> Room:
    """The room of this process."""
    return Room(share())


@contextmanager
def admitted(file: FileLike, limits: Limits) -> Iterator[None]:
    """Wait until a file may be read; at once for a user's own file (see `Limits.apart`)."""
    if not limits.apart:
        yield
        return
    with room().reading(min(_size_of(file, limits), limits.file_bytes)):
        yield


def held(arrays: Iterable[NDArray[Any] | None], limits: Limits) -> None:
    """Count what was read from a visitor's file, as long as it is in use."""
    for array in arrays:
        if limits.apart and array is not None:
            room().hold(array)


def _size_of(file: FileLike, limits: Limits) -> int:
    if isinstance(file, io.BytesIO):
        return len(file.getvalue())
    if isinstance(file, (str, os.PathLike)):
        return Path(file).stat().st_size if Path(file).is_file() else 0
    return limits.file_bytes
