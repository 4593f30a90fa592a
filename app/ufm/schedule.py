"""When a run is looked at: a function of its settings alone, so that it can be repeated."""

import heapq
from collections.abc import Iterator
from itertools import groupby

from app.ufm.problem import Problem

SNAPSHOTS = 120
# Seconds between two signs of life; what a parameter, a logit and a product in the matrix
# products cost on one core. Twice what was measured here, as others use the machine too.
_BEAT = 0.05
_SECONDS_PER_NUMBER, _SECONDS_PER_LOGIT, _SECONDS_PER_PRODUCT = 2e-9, 10e-9, 0.25e-9


def recorded_steps(steps: int) -> tuple[int, ...]:
    """Return the steps that are kept, `SNAPSHOTS` or all: 0, 1, then evenly in the logarithm.

    Where that would ask for less than a step, what is left over goes to later ones.
    """
    recorded = [0, 1]
    while (last := recorded[-1]) < steps:
        ratio = (steps / last) ** (1.0 / max(SNAPSHOTS - len(recorded), 1))
        recorded.append(max(last + 1, round(last * ratio)))
    return tuple(recorded)


def beat(problem: Problem) -> int:
    """Return how many steps take less than about 50 ms on one core, but at least 4.

    A snapshot costs about as much as one step of a large problem.
    """
    logits = problem.num_classes * problem.num_rows
    numbers = (problem.num_classes + problem.num_rows) * problem.dim
    seconds = (
        _SECONDS_PER_NUMBER * numbers
        + _SECONDS_PER_LOGIT * logits
        + _SECONDS_PER_PRODUCT * 3 * logits * problem.dim
    )
    return max(4, int(_BEAT / seconds))


def stops(problem: Problem, steps: int) -> Iterator[int]:
    """Yield the steps at which a snapshot is due: the recorded ones, and signs of life between."""
    due = heapq.merge(recorded_steps(steps), range(0, steps, beat(problem)))
    return (step for step, _ in groupby(due))
