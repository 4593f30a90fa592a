"""L-BFGS as a way of training, iteration by iteration."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.optimize import Bounds, minimize

from app.ufm.problem import Problem, Vector

_MEMORY = 20
_RELATIVE_GRADIENT = 1e-12
# SciPy cannot be left and resumed within a call; leaving one forgets the memory.
_LEAST_PER_CALL = 50
_OUT_OF_ITERATIONS = 1


def lbfgs(
    problem: Problem,
    evaluate: Callable[[Any], tuple[float, Vector]],
    x: Vector,
    steps: int,
    per_call: int,
    due: Callable[[int], bool],
) -> Iterator[tuple[int, Vector]]:
    """Yield iterates that are due, and the last: after `steps`, or where no progress is possible.

    Parameters
    ----------
    problem : Problem
    evaluate : callable
        Objective and gradient at x.
    x : (P,) float64
        Start.
    steps : int
        Iterations.
    per_call : int
        Iterations between two yields, about; at least 50 are made.
    due : callable
        Whether the iterate after so many steps is wanted.
    """
    bounds = _bounds(problem, x.size)
    tolerance = _RELATIVE_GRADIENT * float(np.abs(evaluate(x)[1]).max())
    done, kept = 0, list[tuple[int, Vector]]()

    def keep(xk: Vector) -> None:
        nonlocal done
        done += 1
        if due(done):
            kept.append((done, xk.copy()))

    status = _OUT_OF_ITERATIONS
    while done < steps and status == _OUT_OF_ITERATIONS:
        before = done
        options: Any = {
            "maxiter": min(max(per_call, _LEAST_PER_CALL), steps - done),
            "maxfun": np.inf,
            "maxcor": _MEMORY,
            "ftol": 0.0,
            "gtol": tolerance,
        }
        result = minimize(
            evaluate, x, jac=True, method="L-BFGS-B", bounds=bounds, callback=keep, options=options
        )
        x, status = result.x, result.status
        yield from kept
        if done > before and not (kept and kept[-1][0] == done):
            yield done, x.copy()
        kept.clear()


def _bounds(problem: Problem, size: int) -> Bounds | None:
    """Features after a ReLU are at least zero."""
    if not problem.relu:
        return None
    start = problem.num_classes * problem.dim
    least = np.full(size, -np.inf)
    least[start : start + problem.num_rows * problem.dim] = 0.0
    return Bounds(least, np.inf)
