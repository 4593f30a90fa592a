"""Pure functions applied on the workers of a cluster, whatever happens to them meanwhile."""

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any

from app.cluster.address import checked_address
from app.cluster.cursor import Source, forget, next_batch
from app.cluster.link import Link, LinkError, LostError
from app.cluster.task import Answer, perform
from app.cluster.versions import versions
from app.errors import UserError
from app.runs import Snapshot

_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 1.0
# How long a scheduler that was lost may take to come back.
_RETURN_SECONDS = 30.0
# Times in a row that something may be lost before the next result.
_LOSSES = 3
# States of a task of Dask whose result will not come.
_GONE = ("cancelled", "lost")
_GATHER_SECONDS = 60.0


@dataclass
class _Call:
    """A function with its arguments, and the task that computes it now.

    Attributes
    ----------
    function : callable
    arguments : tuple
    fallback : tuple or None
        Arguments where it is not the worker before that goes on.
    worker : str or None
        The only worker that is to compute it.
    task : Any
        Dask's future; None before it is submitted and when it is lost.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    fallback: tuple[Any, ...] | None = None
    worker: str | None = None
    task: Any = None

    def lose(self) -> None:
        """Forget the task, so that any worker may begin again."""
        self.task = self.worker = None
        self.arguments = self.fallback or self.arguments


class Cluster:
    """Applies functions on the workers that a scheduler knows.

    A worker that is lost costs the tasks it had, which go to others; a worker that joins is
    used from then on; a scheduler that is lost and comes back is given again what was not
    computed. Safe for use by several threads.

    Parameters
    ----------
    address : str
        Of the scheduler, as the operator gave it: whoever runs there can run code here.
    tell : callable, optional
        Called with what is being waited for, in words, whenever that changes.
    patience : float
        Seconds to wait for a first or another worker.

    Raises
    ------
    UserError
        If the address is none.
    """

    def __init__(
        self, address: str, tell: Callable[[str], None] | None = None, patience: float = 60.0
    ) -> None:
        self.address = checked_address(address)
        self._tell, self._patience = tell, patience
        self._lock = Lock()
        self._link: Link | None = None
        self._words = ""

    @property
    def words(self) -> str:
        """What was last heard, such as "3 workers" or "waiting for a worker"; "" if nothing was."""
        return self._words

    def workers(self, resource: str | None = None) -> list[str]:
        """Addresses of the workers, or of those that have a resource such as "GPU".

        Raises
        ------
        UserError
            If the scheduler does not answer.
        """
        link = self._linked()
        try:
            return self._look(link, resource)
        except LinkError:
            return self._look(self._linked_again(link, _CONNECT_SECONDS), resource)

    def map(
        self, function: Callable[[Any], Any], items: Iterable[Any], resource: str | None = None
    ) -> Iterator[Any]:
        """Apply a pure function to items, one task each, and yield the results in their order.

        Parameters
        ----------
        function : callable
            Of a module of this app; it is sent by name.
        items : iterable
        resource : str, optional
            What a worker must have.

        Raises
        ------
        UserError
            If the scheduler cannot be reached, there is no worker, a worker has other versions,
            or tasks keep being lost; and whatever the function raises.
        """
        for answer in self._answers([_Call(function, (item,)) for item in items], resource):
            yield answer.value

    def stream(self, source: Source, resource: str | None = None) -> Iterator[Snapshot]:
        """Compute snapshots on one worker, and yield them as they come.

        They come in batches of some tenths of a second. If the worker is lost another one begins
        again, and what was seen already is not yielded twice.

        Parameters
        ----------
        source : callable
            Starts the computation; of a module of this app, or a `functools.partial` of it.
        resource : str, optional
            What the worker must have.

        Raises
        ------
        UserError
            See `map`.
        """
        return self.streams([source], resource)[0]

    def streams(
        self, sources: Sequence[Source], resource: str | None = None
    ) -> list[Iterator[Snapshot]]:
        """Compute several streams side by side, all of them begun now; see `stream`."""
        calls = [_Call(next_batch, (source, uuid.uuid4().hex, 0)) for source in sources]
        self._begin(calls, resource)
        return [self._batches(call, resource) for call in calls]

    def close(self) -> None:
        """Leave the scheduler."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def _linked(self) -> Link:
        """The connection, made when there is none."""
        with self._lock:
            if self._link is None:
                self._link = Link(self.address, _CONNECT_SECONDS)
            return self._link

    def _linked_again(self, lost: Link, seconds: float) -> Link:
        """The connection after one that was lost, made once whoever else noticed."""
        with self._lock:
            if self._link is lost:
                self._say("waiting for the scheduler")
                lost.close()
                self._link = None
                self._link = Link(self.address, seconds)
        return self._linked()

    def _batches(self, call: _Call, resource: str | None) -> Iterator[Snapshot]:
        """Snapshots of a stream; the next batch is computed while one is looked at."""
        source, name, seen = call.arguments
        worker, ended = None, False
        try:
            while not ended:
                [answer] = self._answers([call], resource)
                (snapshots, ended), worker = answer.value, answer.worker
                seen += len(snapshots)
                if not ended:
                    call = _Call(next_batch, (None, name, seen), (source, name, seen), worker)
                    self._begin([call], resource)
                yield from snapshots
        finally:
            if not ended and self._link is not None:
                self._link.cancel([call.task])
                if worker is not None:
                    self._link.notify(worker, forget, name)

    def _begin(self, calls: Iterable[_Call], resource: str | None) -> None:
        """Submit calls, so that they are computed before their answers are asked for."""
        # A connection that is lost is made again then.
        with suppress(LinkError):
            self._submit(self._linked(), calls, resource)

    def _answers(self, calls: Sequence[_Call], resource: str | None) -> Iterator[Answer]:
        """Answers in order; what is lost on the way is submitted again."""
        left, losses, link = deque(calls), 0, self._linked()
        try:
            while left:
                try:
                    self._submit(link, left, resource)
                    answer = self._answer(link, left[0], resource)
                except (LostError, LinkError) as error:
                    losses += 1
                    if losses > _LOSSES:
                        raise UserError(
                            f"the cluster at {self.address} lost a part of the computation "
                            f"{losses} times in a row: its log says what ends workers or scheduler."
                        ) from error
                    link = self._without_lost(link, left)
                    continue
                left.popleft()
                losses = 0
                yield answer
        finally:
            link.cancel([call.task for call in left])

    def _without_lost(self, link: Link, calls: Iterable[_Call]) -> Link:
        """Forget tasks that are gone, with the scheduler all; return the connection."""
        fresh = link if link.alive() else self._linked_again(link, _RETURN_SECONDS)
        for call in calls:
            if fresh is not link or call.task is None or call.task.status in _GONE:
                call.lose()
        return fresh

    def _submit(self, link: Link, calls: Iterable[_Call], resource: str | None) -> None:
        """Submit the calls that are not yet."""
        for call in calls:
            if call.task is None:
                call.task = link.submit(
                    perform,
                    (versions(), call.function, *call.arguments),
                    worker=call.worker,
                    resource=resource,
                )

    def _answer(self, link: Link, call: _Call, resource: str | None) -> Answer:
        """Wait for one answer; meanwhile look after the workers."""
        patience = monotonic() + self._patience
        while not link.settled(call.task, _LOOK_SECONDS):
            found = self._look(link, resource)
            if call.worker is not None and call.worker not in found:
                link.cancel([call.task])
                raise LostError
            if found:
                patience = monotonic() + self._patience
            elif monotonic() > patience:
                raise UserError(self._nobody(resource))
        answer: Answer = link.result(call.task, _GATHER_SECONDS)
        if self._words.startswith("waiting"):
            self._words = ""
        if answer.value is None and call.fallback is not None:
            link.cancel([call.task])
            raise LostError
        return answer

    def _look(self, link: Link, resource: str | None) -> list[str]:
        """Addresses of the workers that can be used."""
        found = link.workers(resource)
        kind = f"{resource} worker" if resource else "worker"
        plural = "" if len(found) == 1 else "s"
        self._say(f"{len(found)} {kind}{plural}" if found else f"waiting for a {kind}")
        return found

    def _say(self, words: str) -> None:
        if words != self._words:
            self._words = words
            if self._tell is not None:
                self._tell(words)

    def _nobody(self, resource: str | None) -> str:
        option = f' --resources "{resource}=1"' if resource else ""
        return (
            f"the scheduler at {self.address} had no worker for {self._patience:g} seconds: start "
            f"one with `dask worker {self.address}{option}` in the folder of the app."
        )


@cache
def cluster_at(address: str) -> Cluster:
    """Return the one connection of this process to a scheduler."""
    return Cluster(address)
