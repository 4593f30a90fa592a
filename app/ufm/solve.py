"""Straight to the global optimum of an unconstrained-features model, without training."""

import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.runs.origin import provenance
from app.runs.run import Run
from app.ufm.batch import Solutions, solve_batch
from app.ufm.problem import Problem, problem_of, value_and_gradient
from app.ufm.spec import UFMSpec
from app.ufm.stack import kind_of

FloatArray = NDArray[np.float64]


def solve(spec: UFMSpec) -> Run:
    """Find the global optimum and its certificate.

    What only concerns training (optimiser, steps, seed, initial values, one feature a sample) has
    no influence: at every optimum the features of a class are equal. Computed in float64. Where
    the gap is not about zero (d < K, some ReLU problems, the focal loss: NaN), the result is the
    best of a few starts (`batch.solve_batch`).

    Parameters
    ----------
    spec : UFMSpec

    Returns
    -------
    Run
        Arrays "classifier" and "means" (K, d), "bias" (K,) if there is one, and "logits" (K, K)
        with the logits of class k in column k. Metrics "objective", "lower_bound", "gap",
        "ratio" (see `certificate.Certificate`), "gradient_norm" (in W, U = H sqrt(n) and b;
        with ReLU without what pushes against zero) and "evaluations".

    Raises
    ------
    UserError
        If there is no optimum, because a decay is zero, or no such device.
    """
    return solve_many([spec])[0]


def solve_many(specs: Sequence[UFMSpec]) -> list[Run]:
    """`solve` many specs, those of one kind (`kind_of`) and device as one batch.

    The seconds of a run are its share of the batch.
    """
    problems = [problem_of(spec) for spec in specs]
    groups: dict[object, list[int]] = defaultdict(list)
    for i, (spec, problem) in enumerate(zip(specs, problems, strict=True)):
        groups[kind_of(problem), spec.device].append(i)
    runs: dict[int, Run] = {}
    for members in groups.values():
        start = time.perf_counter()
        found = solve_batch([problems[i] for i in members], device=specs[members[0]].device)
        share = (time.perf_counter() - start) / len(members)
        for row, i in enumerate(members):
            runs[i] = _run(specs[i], problems[i], found, row, share)
    return [runs[i] for i in range(len(specs))]


def _run(spec: UFMSpec, problem: Problem, found: Solutions, row: int, seconds: float) -> Run:
    """One row of the solutions as a run."""
    W, H, b = found.classifier[row], found.means[row], found.bias[row]
    arrays = {"classifier": W, "means": H, "logits": W @ H.T + b[:, None]}
    if problem.bias:
        arrays["bias"] = b
    metrics = {
        "objective": float(found.objective[row]),
        "lower_bound": float(found.lower_bound[row]),
        "gap": float(found.objective[row] - found.lower_bound[row]),
        "ratio": float(found.ratio[row]),
        "gradient_norm": _gradient_norm(problem, W, H, b),
        "evaluations": float(found.evaluations[row]),
    }
    return Run(spec, arrays, metrics, {**provenance(seconds), "device": found.device})


def _gradient_norm(problem: Problem, W: FloatArray, H: FloatArray, b: FloatArray) -> float:
    """Norm of the gradient in W, U and b; with ReLU of its part that leads somewhere."""
    U = H * np.sqrt(problem.copies)[:, None]
    _, slope_W, slope_U, slope_b = value_and_gradient(problem, W, U, b)
    if problem.relu:
        slope_U = np.where(U > 0.0, slope_U, np.minimum(slope_U, 0.0))
    return float(np.sqrt(sum(np.vdot(slope, slope) for slope in (slope_W, slope_U, slope_b))))
