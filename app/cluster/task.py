"""What a worker does: check that it is like the app, then compute."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.cluster.versions import check_versions, versions


class Answer(NamedTuple):
    """A result, and the address of the worker that computed it."""

    value: Any
    worker: str


def perform(expected: Mapping[str, str], function: Callable[..., Any], *arguments: Any) -> Answer:
    """Apply a function.

    Raises
    ------
    UserError
        If this worker has other versions than the app.
    """
    from distributed import get_worker

    address = str(get_worker().address)
    check_versions(versions(), expected, f"the worker at {address}")
    return Answer(function(*arguments), address)
