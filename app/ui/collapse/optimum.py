"""The optimum of a model, solved once for equal models."""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache
from threading import Lock

from app.runs import Run
from app.ufm import UFMSpec
from app.ufm.observe import optimum_of
from app.ui.once import kept

_asking = Lock()

LARGE = 2_500
"""Numbers of a classifier from which solving takes longer than it takes to wait for a turn."""


def optimum(spec: UFMSpec) -> Run | None:
    """Return the optimum with its certificate, milliseconds for ten classes; None without one.

    Seconds for two hundred classes: such models are solved one at a time, whoever asks, or fifty
    who open fifty links would share two cores among fifty solvers.
    """
    if len(spec.counts) * spec.dim < LARGE:
        return _small(spec)
    with _asking:
        found = _large(spec)
    return found.result()


@kept(256)
def _small(spec: UFMSpec) -> Run | None:
    return optimum_of(spec)


@lru_cache(maxsize=32)
def _large(spec: UFMSpec) -> Future[Run | None]:
    return _solver().submit(optimum_of, spec)


@cache
def _solver() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="large-optima")
