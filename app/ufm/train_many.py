"""Training of a whole grid of unconstrained-features models at once, without looking on the way."""

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.runs.origin import provenance
from app.runs.run import Run
from app.ufm.certificate import Certificates, stack_certificates
from app.ufm.descent import cores
from app.ufm.device import device_of, engine_of
from app.ufm.dynamics import pack, unpack
from app.ufm.initial import initial_parameters
from app.ufm.problem import Problem, problem_of
from app.ufm.rates import first_rate
from app.ufm.recipe import ADAM, DESCENT, NESTEROV, Recipe
from app.ufm.spec import UFMSpec
from app.ufm.stack import kind_of, stack_of

FloatArray = NDArray[np.float64]

_METHODS = {"gd": DESCENT, "momentum": DESCENT, "nesterov": NESTEROV, "adam": ADAM}


def run_many(specs: Sequence[UFMSpec]) -> list[Run]:
    """Train many specs, each for all its steps, and return where they end.

    The steps are those of `run`, but an empty learning rate means `first_rate` for good, nothing
    is recorded on the way, and features are always class means. On CPU all cores take part; on
    CUDA specs of one kind and number of steps are one program of batched operations.

    Parameters
    ----------
    specs : sequence of UFMSpec

    Returns
    -------
    list of Run
        Arrays "classifier", "means" (K, d) and "bias" (K,) if there is one; metrics "objective",
        "lower_bound", "gap" and "ratio" of `certificate.Certificate`, and "diverged": 1 if the
        objective stopped being finite, where the state before is kept.

    Raises
    ------
    UserError
        If an optimiser is not among those of the device, or there is no such device.
    """
    problems = [problem_of(spec) for spec in specs]
    groups: dict[object, list[int]] = defaultdict(list)
    for i, (spec, problem) in enumerate(zip(specs, problems, strict=True)):
        _require_optimizer(spec)
        groups[kind_of(problem), spec.steps, spec.dtype, spec.device].append(i)
    runs: dict[int, Run] = {}
    for members in groups.values():
        start = time.perf_counter()
        found = _train_group([specs[i] for i in members], [problems[i] for i in members])
        share = (time.perf_counter() - start) / len(members)
        runs |= {i: _run(specs[i], *found, row, share) for row, i in enumerate(members)}
    return [runs[i] for i in range(len(specs))]


def _require_optimizer(spec: UFMSpec) -> None:
    """Refuse what is no fixed program of steps."""
    allowed = ("gd", "momentum") if spec.device == "cuda" else tuple(_METHODS)
    if spec.optimizer not in allowed:
        raise UserError(
            f"optimizer must be one of {', '.join(allowed)} to train many models on one device, "
            f"got {spec.optimizer!r}."
        )


def _train_group(
    specs: list[UFMSpec], problems: list[Problem]
) -> tuple[tuple[FloatArray, ...], NDArray[np.bool_], Certificates]:
    """Final W, U, H (B, K, d) and b (B, K), whether they stayed finite, and certificates."""
    recipes = [_recipe(spec, problem) for spec, problem in zip(specs, problems, strict=True)]
    on_cuda = device_of(specs[0].model_copy(update={"per_sample": False})) == "cuda"
    train = _on_cuda if on_cuda else _on_cores
    x, finite = train(specs, problems, recipes)
    parts = [unpack(problem, row) for problem, row in zip(problems, x, strict=True)]
    W, U, b = (np.stack(part) for part in zip(*parts, strict=True))
    stack = stack_of(problems)
    bounds = stack_certificates(stack, W, U, b)
    return (W, U / stack.roots[:, :, None], b), finite, bounds


def _recipe(spec: UFMSpec, problem: Problem) -> Recipe:
    method = _METHODS[spec.optimizer]
    rate = first_rate(problem, method) if spec.learning_rate is None else spec.learning_rate
    return Recipe(method, rate, spec.momentum if spec.optimizer == "momentum" else 0.0, spec.relu)


def _on_cores(
    specs: list[UFMSpec], problems: list[Problem], recipes: list[Recipe]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Train each spec in one call of the engine, which releases the GIL."""
    with ThreadPoolExecutor(cores()) as pool:
        ends = list(pool.map(_train, specs, problems, recipes))
    return np.stack([x for x, _ in ends]), np.array([finite for _, finite in ends])


def _train(spec: UFMSpec, problem: Problem, recipe: Recipe) -> tuple[NDArray[Any], bool]:
    """Parameters after the last step, or the last finite ones."""
    engine = engine_of(spec.model_copy(update={"per_sample": False}), problem)
    state = engine.start(pack(initial_parameters(spec, problem), spec.dtype), recipe.method)
    before, largest = state.copy(), float(np.finfo(spec.dtype).max)
    done = engine.advance(state, recipe, spec.steps, largest)
    if done == spec.steps and math.isfinite(engine.evaluate(state)[0]):
        return state.x, True
    engine.advance(before, recipe, max(done - 1, 0), largest)
    return before.x, False


def _on_cuda(
    specs: list[UFMSpec], problems: list[Problem], recipes: list[Recipe]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Train all specs in step on the GPU."""
    import torch

    from app.ufm.torch_descent import heavy_ball

    starts = [
        pack(initial_parameters(spec, problem), "float64")
        for spec, problem in zip(specs, problems, strict=True)
    ]
    return heavy_ball(
        stack_of(problems),
        np.stack(starts),
        np.array([recipe.rate for recipe in recipes]),
        np.array([recipe.momentum for recipe in recipes]),
        specs[0].steps,
        device=torch.device("cuda"),
        dtype=getattr(torch, specs[0].dtype),
    )


def _run(
    spec: UFMSpec,
    parts: tuple[FloatArray, ...],
    finite: NDArray[np.bool_],
    bounds: Certificates,
    row: int,
    seconds: float,
) -> Run:
    """One row of a group as a run."""
    W, H, b = (part[row] for part in parts)
    arrays = {"classifier": W, "means": H} | ({"bias": b} if spec.bias else {})
    metrics = {
        "objective": float(bounds.objective[row]),
        "lower_bound": float(bounds.lower_bound[row]),
        "gap": float(bounds.gap[row]),
        "ratio": float(bounds.ratio[row]),
        "diverged": float(not finite[row]),
    }
    device = "cuda" if spec.device == "cuda" else "cpu"
    return Run(spec, arrays, metrics, {**provenance(seconds), "device": device})
