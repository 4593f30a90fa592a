"""Training of an unconstrained-features model, step by step.

The steps are those of full-batch training with one feature a sample, at the same rate, seen
through rows that stand for ``copies`` equal samples (`problem`). This holds exactly for every
method: in U = sqrt(copies) H, inner products are those over all samples, so gradient descent,
momentum and Nesterov's method with its restarts (and L-BFGS) do not notice; Adam treats every
coordinate by itself, so it works on one sample's feature h and its gradient. It holds as long as
the samples of a row start equal. Samples of a class that start apart move their mean differently,
because the loss is not linear in them, until the class has collapsed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.ufm.problem import Matrix, Problem, Vector, value_and_gradient
from app.ufm.recipe import ADAM, ADAM_DECAYS, ADAM_EPSILON, DESCENT, NESTEROV, Recipe

Array = NDArray[np.floating[Any]]
Parameters = tuple[Matrix, Matrix, Vector]


@dataclass
class State:
    """What changes while training.

    Attributes
    ----------
    x : (P,) array
        Parameters, ``[W (K, d) | U (R, d) | b (K)]``.
    slots : (1 or 2, P) array
        What the method remembers: velocity; Nesterov's next point; Adam's two moments.
    clock : (2,) float64
        Steps done, and Nesterov's theta.
    """

    x: Array
    slots: Array
    clock: Vector

    @classmethod
    def at(cls, x: Array, method: int) -> "State":
        """Return the state before the first step from x."""
        slots = np.zeros((2 if method == ADAM else 1, x.size), x.dtype)
        if method == NESTEROV:
            slots[0] = x
        return cls(x.copy(), slots, np.array([0.0, 1.0]))

    def copy(self) -> "State":
        """Return a state that moves on its own."""
        return State(self.x.copy(), self.slots.copy(), self.clock.copy())


def pack(parameters: Parameters, dtype: str) -> Array:
    """Return W, U and b in one vector."""
    return np.concatenate([part.ravel() for part in parameters]).astype(dtype)


def unpack(problem: Problem, x: Array) -> Parameters:
    """Return W (K, d), U (R, d) and b (K,) as float64."""
    split = problem.num_classes * problem.dim
    end = split + problem.num_rows * problem.dim
    parts = x[:split].reshape(-1, problem.dim), x[split:end].reshape(-1, problem.dim), x[end:]
    W, U, b = (np.asarray(part, dtype=np.float64) for part in parts)
    return W, U, b


class Engine(Protocol):
    """What takes the steps; a state belongs to the engine that started it."""

    def start(self, x: Array, method: int) -> Any:
        """Return the state before the first step; it has a method ``copy``."""

    def advance(self, state: Any, recipe: Recipe, steps: int, ceiling: float) -> int:
        """Train up to `steps` further, in place, and return how many were made.

        Training stops before the first step from where the objective is not at most `ceiling`
        (or, with Nesterov's method, from where it extrapolates to).
        """

    def evaluate(self, state: Any) -> tuple[float, Array, Array]:
        """Return the objective, the parameters and the gradient in them."""


# What diverges overflows; it is told by the objective.
_quiet = np.errstate(over="ignore", invalid="ignore")


class ReferenceEngine:
    """The steps in NumPy: what the compiled ones are tested against and replaced by."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        scale = np.repeat(1.0 / np.sqrt(problem.copies), problem.dim)
        start = problem.num_classes * problem.dim
        self._features = slice(start, start + scale.size)
        self._scales = np.ones(start + scale.size + problem.num_classes)
        self._scales[self._features] = scale

    def start(self, x: Array, method: int) -> State:
        """Return the state before the first step."""
        return State.at(x, method)

    @_quiet
    def advance(self, state: State, recipe: Recipe, steps: int, ceiling: float) -> int:
        """Train in place; see `Engine`."""
        for done in range(steps):
            point = state.slots[0] if recipe.method == NESTEROV else state.x
            value, gradient = self._value_and_gradient(point)
            if not value <= ceiling:
                return done
            state.clock[0] += 1
            if recipe.method == DESCENT:
                self._descend(state, gradient, recipe)
            elif recipe.method == NESTEROV:
                self._accelerate(state, gradient, recipe)
            else:
                self._adapt(state, gradient, recipe)
        return steps

    @_quiet
    def evaluate(self, state: State) -> tuple[float, Array, Array]:
        """Return objective, parameters and gradient."""
        value, gradient = self._value_and_gradient(state.x)
        return value, state.x, gradient

    def _value_and_gradient(self, x: Array) -> tuple[float, Array]:
        value, *gradient = value_and_gradient(self._problem, *unpack(self._problem, x))
        return value, pack((gradient[0], gradient[1], gradient[2]), x.dtype.name)

    def _descend(self, state: State, gradient: Array, recipe: Recipe) -> None:
        velocity = state.slots[0]
        velocity[:] = recipe.momentum * velocity + gradient
        state.x -= recipe.rate * velocity
        if recipe.relu:
            negative = np.minimum(state.x[self._features], 0.0)
            velocity[self._features] += negative / recipe.rate
            state.x[self._features] -= negative

    def _accelerate(self, state: State, gradient: Array, recipe: Recipe) -> None:
        point = state.slots[0]
        new = point - recipe.rate * gradient
        if recipe.relu:
            new[self._features] = np.maximum(new[self._features], 0.0)
        uphill = np.vdot(point - new, new - state.x) > 0.0
        theta = 1.0 if uphill else state.clock[1]
        state.clock[1] = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * theta**2))
        point[:] = new + (theta - 1.0) / state.clock[1] * (new - state.x)
        state.x[:] = new

    def _adapt(self, state: State, gradient: Array, recipe: Recipe) -> None:
        first, second = state.slots
        g = self._scales * gradient
        first[:] = ADAM_DECAYS[0] * first + (1.0 - ADAM_DECAYS[0]) * g
        second[:] = ADAM_DECAYS[1] * second + (1.0 - ADAM_DECAYS[1]) * g**2
        bias_first, bias_second = 1.0 - np.array(ADAM_DECAYS) ** state.clock[0]
        spread = np.sqrt(second / bias_second) + ADAM_EPSILON
        state.x -= recipe.rate / bias_first * first / spread / self._scales
        if recipe.relu:
            state.x[self._features] = np.maximum(state.x[self._features], 0.0)


class CompiledEngine:
    """The steps compiled: no Python between them."""

    def __init__(self, problem: Problem, dtype: str) -> None:
        from app.ufm import _kernels, _steps

        self._advance: Callable[..., int] = _steps.advance
        self._fill: Callable[..., float] = _kernels.fill_gradient
        self._terms = _kernels.terms_of(problem, np.dtype(dtype))
        self._dim = problem.dim
        size = (problem.num_classes + problem.num_rows) * problem.dim + problem.num_classes
        self._gradient = np.empty(size, dtype)
        self._room = np.empty(_kernels.ROWS * problem.num_classes, dtype)

    def start(self, x: Array, method: int) -> State:
        """Return the state before the first step."""
        return State.at(x, method)

    def advance(self, state: State, recipe: Recipe, steps: int, ceiling: float) -> int:
        """Train in place; see `Engine`."""
        return self._advance(
            state.x,
            state.slots,
            state.clock,
            self._gradient,
            self._room,
            self._dim,
            self._terms,
            recipe,
            steps,
            ceiling,
        )

    def evaluate(self, state: State) -> tuple[float, Array, Array]:
        """Return objective, parameters and gradient."""
        value = self._fill(state.x, self._gradient, self._room, self._dim, self._terms)
        return value, state.x, self._gradient
