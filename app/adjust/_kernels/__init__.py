"""Compiled inner loops of the exact paths, each with a NumPy reference that takes its place.

All are serial and release the GIL: parallelism belongs to whoever calls them. They take and
return plain arrays, never raise, and are cached on disk after their first compilation. Callers
get them from `app.adjust.compiled`, which knows what to do where numba is missing.
"""

from app.adjust._kernels.duels import count_votes, duel_segments
from app.adjust._kernels.intervals import affine_intervals
from app.adjust._kernels.minimum import running_minimum
from app.adjust._kernels.ties import settle_margins

__all__ = [
    "affine_intervals",
    "count_votes",
    "duel_segments",
    "running_minimum",
    "settle_margins",
]
