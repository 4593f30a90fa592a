"""Training of an unconstrained-features model, as a stream of snapshots."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from app.errors import UserError
from app.runs import Snapshot
from app.ufm.device import device_of, engine_on
from app.ufm.dynamics import Array, Engine, Parameters, pack, unpack
from app.ufm.initial import initial_parameters
from app.ufm.problem import Problem, Vector, problem_of
from app.ufm.quasi_newton import lbfgs
from app.ufm.rates import first_rate
from app.ufm.recipe import ADAM, DESCENT, NESTEROV, Recipe
from app.ufm.schedule import beat, recorded_steps, stops
from app.ufm.snapshots import snapshot
from app.ufm.spec import UFMSpec

_LARGEST = sys.float_info.max
# What rounding may add to the objective.
_ROUNDING = {"float64": 1e-9, "float32": 1e-4}


def run(spec: UFMSpec) -> Iterator[Snapshot]:
    """Train from the start of `initial_parameters` and yield snapshots on the way.

    They are due at `recorded_steps`, and in between often enough (every 50 ms or so, counted in
    steps) that whoever iterates can show progress or stop. Where training diverges, the last
    snapshot is the last finite state, with the metric "diverged" at 1 (`divergence` says it in
    words). The same settings give the same snapshots on one machine.

    Without a learning rate, `first_rate` is used, and halved whenever the objective rises above
    its value at the start, where training goes on from the last state that was not above, without
    memory of past steps. Gradient descent, momentum and Nesterov's method never rise so high at
    rates they are stable at, because the objective plus their kinetic energy decreases.

    Features after a ReLU are trained by projection onto ``H >= 0``, so that stationary points are
    those of the constrained problem; a ReLU on free parameters, as published code has it, has
    the same minima but also stops where a parameter has become negative for good.

    Raises
    ------
    UserError
        If the device asked for is not there.
    """
    problem = problem_of(spec, per_sample=spec.per_sample)
    return train(spec, problem, initial_parameters(spec, problem))


def train(spec: UFMSpec, problem: Problem, start: Parameters) -> Iterator[Snapshot]:
    """Train from given W (K, d), U (R, d) and b (K,); see `run`."""
    device = device_of(spec)
    if spec.optimizer == "lbfgs":
        return _by_lbfgs(spec.steps, problem, engine_on(device, problem, "float64"), start)
    return _by_steps(spec, problem, engine_on(device, problem, spec.dtype), start)


def divergence(spec: UFMSpec, last: Snapshot) -> UserError | None:
    """Return what to tell the user if a run ended before its last step, in one sentence."""
    if not last.metrics["diverged"]:
        return None
    return UserError(
        f"learning_rate must be small enough for the objective to stay finite, got "
        f"{spec.learning_rate:g}: training stopped after step {last.step:,}, whose state is kept"
    )


def _by_steps(
    spec: UFMSpec, problem: Problem, engine: Engine, start: Parameters
) -> Iterator[Snapshot]:
    recipe = _recipe(spec, problem)
    state = engine.start(pack(start, spec.dtype), recipe.method)
    step, found, ceiling = 0, engine.evaluate(state), _LARGEST
    if spec.learning_rate is None:
        ceiling = found[0] + _ROUNDING[spec.dtype] * abs(found[0])
    for target in stops(problem, spec.steps):
        while step < target:
            before = state.copy()
            done = engine.advance(state, recipe, target - step, ceiling)
            found = engine.evaluate(state)
            if done == target - step and found[0] <= ceiling:
                step = target
                continue
            state, good = _back(engine, before, recipe, done, ceiling)
            step += good
            if spec.learning_rate is not None:
                found = engine.evaluate(state)
                yield _look(problem, step, found, recipe.rate, diverged=True)
                return
            recipe = recipe._replace(rate=recipe.rate / 2)
            state = engine.start(state.x, recipe.method)
        yield _look(problem, step, found, recipe.rate)


def _back(
    engine: Engine, before: Any, recipe: Recipe, done: int, ceiling: float
) -> tuple[Any, int]:
    """Return the last state below the ceiling, given that the one after `done` steps is not.

    It is the one before that, except with Nesterov's method, which looks at the point it
    extrapolates to: then rarely an earlier one is needed.
    """
    good = done - 1
    while good > 0:
        state = before.copy()
        engine.advance(state, recipe, good, ceiling)
        if engine.evaluate(state)[0] <= ceiling:
            return state, good
        good //= 2
    return before, 0


def _recipe(spec: UFMSpec, problem: Problem) -> Recipe:
    method = {"nesterov": NESTEROV, "adam": ADAM}.get(spec.optimizer, DESCENT)
    rate = first_rate(problem, method) if spec.learning_rate is None else spec.learning_rate
    return Recipe(method, rate, spec.momentum if spec.optimizer == "momentum" else 0.0, spec.relu)


def _by_lbfgs(
    steps: int, problem: Problem, engine: Engine, start: Parameters
) -> Iterator[Snapshot]:
    def evaluate(x: Vector) -> tuple[float, Vector]:
        value, _, gradient = engine.evaluate(engine.start(x, DESCENT))
        return value, np.array(gradient, dtype=np.float64)

    def look(step: int, x: Vector) -> Snapshot:
        found = engine.evaluate(engine.start(x, DESCENT))
        return _look(problem, step, found, learning_rate=float("nan"))

    x = np.asarray(pack(start, "float64"), dtype=np.float64)
    yield look(0, x)
    due = set(recorded_steps(steps)).__contains__
    for step, point in lbfgs(problem, evaluate, x, steps, beat(problem), due):
        yield look(step, point)


def _look(
    problem: Problem,
    step: int,
    found: tuple[float, Array, Array],
    learning_rate: float,
    *,
    diverged: bool = False,
) -> Snapshot:
    value, x, gradient = found
    parameters, slopes = unpack(problem, x), unpack(problem, gradient)
    return snapshot(problem, step, value, parameters, slopes, learning_rate, diverged=diverged)
