"""Snapshots of a computation in batches, on a worker.

A batch is a pure function of the computation and of how many snapshots are known already, so any
worker can compute it: the one that had the batch before goes on from there without being told the
computation again, another one begins it again and leaves out what is known. Computations are
deterministic, so both give the same.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from time import monotonic
from typing import NamedTuple

from app.runs import Snapshot

Source = Callable[[], Iterator[Snapshot]]

_SECONDS = 0.3
_BYTES = 32_000_000
# Computations that a worker may hold, and for how long after the last batch.
_MOST_OPEN = 16
_IDLE_SECONDS = 120.0


class Batch(NamedTuple):
    """Some snapshots, and whether they are the last."""

    snapshots: list[Snapshot]
    ended: bool


@dataclass
class _Cursor:
    """A computation at rest after some snapshots."""

    snapshots: Iterator[Snapshot]
    seen: int
    used: float


_open: OrderedDict[str, _Cursor] = OrderedDict()
# Those that were given up lately: one may be computing at that moment.
_unwanted: deque[str] = deque(maxlen=1000)
_lock = Lock()


def next_batch(source: Source | None, name: str, seen: int) -> Batch | None:
    """Compute for about 0.3 s, and at least to the next snapshot.

    Parameters
    ----------
    source : callable or None
        Starts the computation; None to go on here, or return None where that cannot be.
    name : str
        Of this stream of batches alone.
    seen : int
        Snapshots that are known.
    """
    cursor = _taken(name)
    if cursor is None or cursor.seen != seen:
        if source is None:
            return None
        cursor = _Cursor(source(), seen, 0.0)
        next(islice(cursor.snapshots, seen, seen), None)
    found: list[Snapshot] = []
    size, end = 0, monotonic() + _SECONDS
    for snapshot in cursor.snapshots:
        found.append(snapshot)
        size += sum(array.nbytes for array in snapshot.arrays.values())
        if monotonic() > end or size > _BYTES:
            cursor.seen += len(found)
            _keep(name, cursor)
            return Batch(found, ended=False)
    return Batch(found, ended=True)


def forget(name: str) -> None:
    """End a computation that nobody wants any more, now or after the batch under way."""
    with _lock:
        _unwanted.append(name)
        _open.pop(name, None)


def _taken(name: str) -> _Cursor | None:
    with _lock:
        return _open.pop(name, None)


def _keep(name: str, cursor: _Cursor) -> None:
    """Let a computation rest; those that rested for too long, or are too many, are ended."""
    cursor.used = monotonic()
    with _lock:
        if name in _unwanted:
            return
        _open[name] = cursor
        while len(_open) > _MOST_OPEN or _first().used < cursor.used - _IDLE_SECONDS:
            _open.popitem(last=False)


def _first() -> _Cursor:
    return next(iter(_open.values()))
