"""The optimum of a model, solved once for equal models."""

from functools import lru_cache

from app.runs import Run
from app.ufm import UFMSpec
from app.ufm.solve import solve


@lru_cache(maxsize=256)
def optimum(spec: UFMSpec) -> Run:
    """Return the optimum with its certificate; milliseconds for ten classes."""
    return solve(spec)
