"""Speed as ratios: competitors take turns in one process, and the median of the ratios counts.

Absolute times of a shared machine say little; what ran in the same second can be compared.
"""

import statistics
import time
from collections.abc import Callable


def ratios(ours: Callable[[], object], rivals: dict[str, Callable[[], object]], rounds: int = 5):
    """Return median seconds of ours, and the median ratio rival / ours of every rival."""
    for run in (ours, *rivals.values()):
        run()
    times: dict[str, list[float]] = {name: [] for name in ("ours", *rivals)}
    for _ in range(rounds):
        for name, run in (("ours", ours), *rivals.items()):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    found = {
        name: statistics.median(t / o for t, o in zip(times[name], times["ours"], strict=True))
        for name in rivals
    }
    return statistics.median(times["ours"]), found
