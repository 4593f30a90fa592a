"""Which training rows each step sees."""

import numpy as np
from numpy.typing import NDArray

from app.probe.method import Sampler

IntArray = NDArray[np.int64]

_STREAMS: dict[Sampler, int] = {"instance": 0, "class": 1}


def epoch_rows(labels: IntArray, sampler: Sampler, seed: int, epoch: int) -> IntArray:
    """Return the rows of an epoch in order, (N,), the same for a seed on every machine.

    Parameters
    ----------
    labels : (N,) int64 array
        Every class 0..K-1 occurs.
    sampler : str
        "instance" is a permutation; "class" draws N times, with replacement, first a class and
        then a row of it, so that a row has probability ``1 / (K n_y)``.
    seed, epoch : int
    """
    rng = np.random.default_rng([seed, epoch, _STREAMS[sampler]])
    if sampler == "instance":
        return rng.permutation(labels.size)
    sizes = np.bincount(labels)
    drawn = rng.integers(sizes.size, size=labels.size)
    order, first = np.argsort(labels, kind="stable"), np.cumsum(sizes) - sizes
    return np.asarray(order[first[drawn] + rng.integers(sizes[drawn])])


def recorded_steps(steps_an_epoch: int, epochs: int) -> tuple[int, ...]:
    """Return the steps after which a state is recorded: often in the first epoch, then each."""
    early = {steps_an_epoch * i // 16 for i in (1, 2, 4, 8)} - {0, steps_an_epoch}
    ends = (steps_an_epoch * epoch for epoch in range(1, epochs + 1))
    return (0, *sorted(early), *ends)
