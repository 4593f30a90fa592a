"""One connection to a scheduler; what is Dask's own stays in this file."""

import platform
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from importlib import import_module
from typing import Any

from app.cluster.versions import check_versions, versions
from app.errors import UserError

_CALL_SECONDS = 10.0


class LinkError(Exception):
    """The scheduler is gone, or another one has its address."""


class LostError(Exception):
    """The result of a task will not come: it has to be submitted again."""


class Link:
    """A connection to one life of a scheduler, with what it is asked.

    Parameters
    ----------
    address : str
    seconds : float
        To wait for an answer.

    Raises
    ------
    UserError
        If Dask is not installed, nobody answers or the scheduler has another version.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self.address = address
        self._client: Any = _client(address, seconds)
        try:
            self._scheduler = self._identity()["id"]
            self._check_scheduler()
        except LinkError as error:
            self.close()
            raise UserError(_unreachable(address, seconds)) from error
        except UserError:
            self.close()
            raise

    def alive(self) -> bool:
        """Whether the scheduler is the one that was connected to."""
        try:
            return bool(self._identity()["id"] == self._scheduler)
        except LinkError:
            return False

    def workers(self, resource: str | None = None) -> list[str]:
        """Addresses of the workers that can be used, all or those with a resource.

        Raises
        ------
        LinkError
        """
        found = self._identity()
        if found["id"] != self._scheduler:
            raise LinkError
        return [
            address
            for address, worker in found["workers"].items()
            if worker["status"] == "running" and (not resource or worker["resources"].get(resource))
        ]

    def submit(
        self,
        function: Callable[..., Any],
        arguments: Iterable[Any],
        *,
        worker: str | None,
        resource: str | None,
    ) -> Any:
        """Return the task of a call, on a worker or on any, which must have a resource."""
        try:
            return self._client.submit(
                function,
                *arguments,
                pure=False,
                workers=worker,
                resources={resource: 1} if resource else None,
            )
        except Exception as error:
            if self.alive():
                raise
            raise LinkError from error

    def settled(self, task: Any, seconds: float) -> bool:
        """Wait for a task; return whether it has ended, in whatever way."""
        with self._client.as_current(), suppress(CancelledError):
            try:
                _distributed().wait([task], timeout=seconds)
            except TimeoutError:
                return False
        return True

    def result(self, task: Any, seconds: float) -> Any:
        """Fetch the result of a task that has ended.

        Raises
        ------
        LostError
            If there is none any more.
        UserError
            If the task ended all workers that tried it, or machines lack this app.
        """
        from distributed.scheduler import KilledWorker

        try:
            return task.result(timeout=seconds)
        except CancelledError as error:
            raise LostError from error
        except KilledWorker as error:
            raise UserError(
                f"a part of the computation ended {error.allowed_failures + 1} workers of "
                f"{self.address} one after another: they may have too little memory."
            ) from error
        # The scheduler, too, reads what is sent; it tells in these words what it cannot read.
        except (ModuleNotFoundError, RuntimeError) as error:
            missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
            if not isinstance(missing, ModuleNotFoundError):
                raise
            raise UserError(
                f"a machine of the cluster at {self.address} has no module {missing.name}: start "
                "scheduler and workers in the folder of the app, with its requirements installed."
            ) from error
        except TimeoutError as error:
            if task.status == "error":
                raise
            raise LostError from error

    def cancel(self, tasks: Iterable[Any]) -> None:
        """Let go of tasks: what waits is not computed any more, what is computed is not kept."""
        held = [task for task in tasks if task is not None]
        # A connection that is gone has let go of everything.
        with suppress(Exception):
            if held:
                self._client.cancel(held)

    def notify(self, worker: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a worker call a function soon; nobody waits for it."""
        # If that worker is gone, any other may: a task for it alone would wait for ever.
        with suppress(Exception):
            task = self._client.submit(
                function, *arguments, pure=False, workers=worker, allow_other_workers=True
            )
            _distributed().fire_and_forget(task)

    def close(self) -> None:
        """Disconnect."""
        with suppress(Exception):
            self._client.close(timeout=2)

    def _identity(self) -> Any:
        """What the scheduler says of itself and its workers."""
        return self._ask(self._client.scheduler.identity, n_workers=-1)

    def _check_scheduler(self) -> None:
        """Refuse a scheduler of another version; of what it computes with it needs nothing."""
        packages = self._ask(self._client.scheduler.versions)["packages"]
        theirs = {
            "Python": ".".join(str(packages["python"]).split(".")[:2]),
            "Dask": str(packages["dask"]),
            "distributed": str(packages["distributed"]),
        }
        ours = {name: versions()[name] for name in theirs}
        check_versions(theirs, ours, f"the scheduler at {self.address}")

    def _ask(self, question: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return self._client.sync(question, **arguments, callback_timeout=_CALL_SECONDS)
        # Whatever a connection breaks with: closed, reset, timed out, no loop any more.
        except Exception as error:
            raise LinkError from error


def _distributed() -> Any:
    """Dask's module, which is imported where there is a scheduler."""
    try:
        return import_module("distributed")
    except ImportError as error:
        raise UserError(
            "a scheduler needs Dask: pip install -r requirements-cluster.txt -c constraints.txt."
        ) from error


def _client(address: str, seconds: float) -> Any:
    distributed = _distributed()
    # Features of somebody's own are large, and are meant to be sent.
    import_module("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    try:
        return distributed.Client(
            address, timeout=seconds, set_as_default=False, name="collapse-lab"
        )
    except (OSError, TimeoutError) as error:
        raise UserError(_unreachable(address, seconds)) from error
    # What Dask itself finds to differ on the way in, as an error or a warning.
    except (ImportError, Warning) as error:
        raise UserError(
            f"the scheduler at {address} must have the versions of the app, which are Python "
            f"{platform.python_version()} and distributed {distributed.__version__}."
        ) from error


def _unreachable(address: str, seconds: float) -> str:
    return (
        f"no scheduler answered at {address} within {seconds:g} seconds: start one with "
        "`dask scheduler` in the folder of the app, or do without."
    )
