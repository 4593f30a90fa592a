"""Training of a whole grid of unconstrained-features models at once, without looking on the way."""

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.device import cores, device_for
from app.errors import UserError
from app.runs.origin import provenance
from app.runs.run import Run
from app.ufm.certificate import Certificates, stack_certificates
from app.ufm.device import engine_on
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
    groups: dict[tuple[str, object], list[int]] = defaultdict(list)
    for i, (spec, problem) in enumerate(zip(specs, problems, strict=True)):
        groups[_device_of(spec), (kind_of(problem), spec.steps, spec.dtype)].append(i)
    runs: dict[int, Run] = {}
    for (device, _), members in groups.items():
        start = time.perf_counter()
        found = _train_group([specs[i] for i in members], [problems[i] for i in members], device)
        origin = {**provenance((time.perf_counter() - start) / len(members)), "device": device}
        runs |= {i: _run(specs[i], *found, row, origin) for row, i in enumerate(members)}
    return [runs[i] for i in range(len(specs))]


def _device_of(spec: UFMSpec) -> str:
    """Where a spec is trained; refuse an optimiser that is no fixed program of steps there.

    Many models on a GPU take one program of steps, which is gradient descent with momentum.
    """
    device = device_for(spec.device)
    batched = spec.optimizer in ("gd", "momentum")
    if spec.optimizer in _METHODS and (spec.device != "cuda" or batched):
        return device if batched else "cpu"
    allowed = ("gd", "momentum") if spec.device == "cuda" else tuple(_METHODS)
    raise UserError(
        f"optimizer must be one of {', '.join(allowed)} to train many models on one device, "
        f"got {spec.optimizer!r}."
    )


def _train_group(
    specs: list[UFMSpec], problems: list[Problem], device: str
) -> tuple[tuple[FloatArray, ...], NDArray[np.bool_], Certificates]:
    """Final W, U, H (B, K, d) and b (B, K), whether they stayed finite, and certificates."""
    recipes = [_recipe(spec, problem) for spec, problem in zip(specs, problems, strict=True)]
    if device == "cpu":
        x, finite = _on_cores(specs, problems, recipes)
    else:
        x, finite = _on_gpu(specs, problems, recipes, device)
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
    engine = engine_on("cpu", problem, spec.dtype)
    state = engine.start(pack(initial_parameters(spec, problem), spec.dtype), recipe.method)
    before, largest = state.copy(), float(np.finfo(spec.dtype).max)
    done = engine.advance(state, recipe, spec.steps, largest)
    if done == spec.steps and math.isfinite(engine.evaluate(state)[0]):
        return state.x, True
    engine.advance(before, recipe, max(done - 1, 0), largest)
    return before.x, False


def _on_gpu(
    specs: list[UFMSpec], problems: list[Problem], recipes: list[Recipe], device: str
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Train all specs in step."""
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
        device=torch.device(device),
        dtype=getattr(torch, specs[0].dtype),
    )


def _run(
    spec: UFMSpec,
    parts: tuple[FloatArray, ...],
    finite: NDArray[np.bool_],
    bounds: Certificates,
    row: int,
    origin: dict[str, str],
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
    return Run(spec, arrays, metrics, origin)
