"""The steps of training on a GPU."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from app.device.memory import Portion
from app.device.streams import Lane
from app.device.tensors import Tensors
from app.ufm.dynamics import Array
from app.ufm.problem import Problem
from app.ufm.recipe import ADAM, ADAM_DECAYS, ADAM_EPSILON, DESCENT, NESTEROV, Recipe

Found = TypeVar("Found")


@dataclass(frozen=True)
class TorchState(Tensors):
    """What changes while training, on the device: see `dynamics.State`."""

    x: Tensor
    slots: Tensor
    clock: Tensor


class TorchEngine:
    """The steps in torch, their gradient written by hand; on CUDA one graph replays a step.

    A step whose objective is above the ceiling leaves the state as it is, on the device, so that
    none has to wait for the processor: `advance` asks the device for one number, when all steps are
    queued. Ceiling and rate are values on the device as well, so that one graph serves all.

    Objective, Nesterov's theta and Adam's corrections are float64 in any precision. Rows of
    features are taken all at once; where memory runs out, in pieces half as large, and so on.
    """

    def __init__(self, problem: Problem, dtype: str, device: str) -> None:
        self._problem = problem
        self._lane = Lane(torch.device(device))
        self._dtype: torch.dtype = getattr(torch, dtype)
        self._split = problem.num_classes * problem.dim
        self._end = self._split + problem.num_rows * problem.dim
        self._rows = Portion(problem.num_rows, self._lane.device)
        self._captured: tuple[Recipe, TorchState, Callable[[], None]] | None = None
        with self._lane():
            self._place_constants()

    def start(self, x: Array | Tensor, method: int) -> TorchState:
        """Return the state before the first step."""
        with self._lane():
            placed = torch.as_tensor(x).to(self._scales, copy=True)
            slots = torch.zeros_like(placed).repeat(2 if method == ADAM else 1, 1)
            if method == NESTEROV:
                slots[0] = placed
            clock = torch.tensor([0.0, 1.0], dtype=torch.float64, device=placed.device)
            return TorchState(placed, slots, clock)

    def advance(self, state: TorchState, recipe: Recipe, steps: int, ceiling: float) -> int:
        """Train in place; see `dynamics.Engine`."""
        return self._fitted(lambda: self._advance(state, recipe, steps, ceiling))

    def evaluate(self, state: TorchState) -> tuple[float, Array, Array]:
        """Return objective, parameters and gradient; the arrays hold until the next call."""
        return self._fitted(lambda: self._evaluate(state))

    def _place_constants(self) -> None:
        problem, device = self._problem, self._lane.device

        def tensor(values: Array) -> Tensor:
            return torch.as_tensor(values, dtype=self._dtype, device=device)

        self._own = torch.as_tensor(problem.labels, device=device)[:, None]
        self._multipliers = tensor(problem.multipliers.T)
        self._offsets = tensor(problem.offsets.T)
        self._weights = tensor(problem.weights)[:, None]
        self._row_scales = tensor(1.0 / np.sqrt(problem.copies))[:, None]
        self._scales = tensor(np.ones(self._end + problem.num_classes))
        self._scales[self._split : self._end] = self._row_scales.expand(-1, problem.dim).flatten()
        self._rate = torch.zeros((), dtype=torch.float64, device=device)
        self._ceiling = torch.zeros((), dtype=torch.float64, device=device)
        # Page-locked, so that both copies to it run at full speed and are waited for once.
        self._seen = torch.empty(
            2, len(self._scales), dtype=self._dtype, pin_memory=device.type == "cuda"
        )

    def _fitted(self, compute: Callable[[], Found]) -> Found:
        """Compute in the lane, on smaller pieces of rows where memory runs out.

        What is computed changes a state only when it has all it needs.
        """
        with self._lane():
            return self._rows.fitted(compute, self._forget)

    def _forget(self) -> None:
        self._captured = None

    def _advance(self, state: TorchState, recipe: Recipe, steps: int, ceiling: float) -> int:
        self._rate.fill_(recipe.rate)
        self._ceiling.fill_(ceiling)
        inside, step = self._program(state, recipe)
        inside.assign(state)
        for _ in range(steps):
            step()
        done = inside.clock[0] - state.clock[0]
        state.assign(inside)
        return round(done.item())

    def _evaluate(self, state: TorchState) -> tuple[float, Array, Array]:
        value, gradient = self._value_and_gradient(state.x)
        for seen, part in zip(self._seen, (state.x, gradient), strict=True):
            seen.copy_(part, non_blocking=True)
        x, slopes = self._seen.numpy()
        return value.item(), x, slopes  # Asking for the value waits for the copies too.

    def _program(self, like: TorchState, recipe: Recipe) -> tuple[TorchState, Callable[[], None]]:
        """A state, and what takes a step of it."""
        recipe = recipe._replace(rate=0.0)  # The rate is read from the device.
        if self._captured is None or self._captured[0] != recipe:
            inside = like.copy()
            step = self._lane.replayed(lambda: self._step(inside, recipe), inside.tensors())
            self._captured = recipe, inside, step
        return self._captured[1:]

    def _step(self, state: TorchState, recipe: Recipe) -> None:
        point = state.slots[0] if recipe.method == NESTEROV else state.x
        value, gradient = self._value_and_gradient(point)
        following = state.copy()
        following.clock[0] += 1.0
        if recipe.method == DESCENT:
            self._descend(following, gradient, recipe)
        elif recipe.method == NESTEROV:
            self._accelerate(following, gradient, recipe)
        else:
            self._adapt(following, gradient, recipe)
        allowed = value <= self._ceiling
        for now, then in zip(state.tensors(), following.tensors(), strict=True):
            now.copy_(torch.where(allowed, then, now))

    def _value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        problem = self._problem
        decays = problem.weight_decay, problem.feature_decay, problem.bias_decay
        gradient = torch.empty_like(x)
        parts, slopes = self._parts(x), self._parts(gradient)
        value = torch.zeros((), dtype=torch.float64, device=x.device)
        for part, slope, decay in zip(parts, slopes, decays, strict=True):
            torch.mul(part, decay, out=slope)
            value = value + 0.5 * decay * part.square().sum(dtype=torch.float64)
        for first in range(0, problem.num_rows, self._rows.size):
            value = value + self._add_losses(slice(first, first + self._rows.size), parts, slopes)
        return value, gradient

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """W (K, d), U (R, d) and b (K,) in a vector."""
        dim = self._problem.dim
        features = x[self._split : self._end].view(-1, dim)
        return x[: self._split].view(-1, dim), features, x[self._end :]

    def _add_losses(
        self, rows: slice, parts: tuple[Tensor, ...], slopes: tuple[Tensor, ...]
    ) -> Tensor:
        """Return the weighted losses of some rows, and add what they give to the slopes."""
        W, U, b = parts[0], parts[1][rows], parts[2]
        weights, scales = self._weights[rows], self._row_scales[rows]
        losses, outer = self._row_losses((U @ W.T) * scales + b, self._own[rows])
        outer = outer * weights
        inner = outer * scales
        slopes[1][rows].addmm_(inner, W)
        if self._problem.fixed_classifier is None:
            slopes[0].addmm_(inner.T, U)
        if self._problem.bias:
            slopes[2].add_(outer.sum(dim=0))
        return (losses * weights[:, 0]).sum(dtype=torch.float64)

    def _row_losses(self, z: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R,) and their gradients in the logits (R, K), as in `problem.row_losses`."""
        if self._problem.squared:
            residual = z.scatter_add(1, own, torch.full_like(z[:, :1], -1.0))
            return 0.5 * residual.square().sum(dim=1), residual
        multipliers = self._multipliers[own[:, 0]]
        margins = multipliers * z + self._offsets[own[:, 0]]
        margins = margins - margins.gather(1, own)
        top = margins.amax(dim=1, keepdim=True)
        odds = torch.exp(margins - top)
        mine = odds.gather(1, own)
        odds = odds.scatter(1, own, 0.0)
        others = odds.sum(dim=1, keepdim=True)
        total = mine + others
        loss = torch.where(top > 0.0, top + torch.log(total), torch.log1p(others))
        gradient = multipliers * odds.scatter(1, own, -others) / total
        focusing = self._problem.focusing
        if focusing == 0.0:
            return loss[:, 0], gradient
        wrong = others / total
        ratio = (loss / wrong).masked_fill(wrong <= 0.0, 1.0)
        power = wrong**focusing
        return (power * loss)[:, 0], power * (1.0 + focusing * mine / total * ratio) * gradient

    def _descend(self, state: TorchState, gradient: Tensor, recipe: Recipe) -> None:
        velocity, rate = state.slots[0], self._rate.to(gradient.dtype)
        velocity.mul_(recipe.momentum).add_(gradient)
        state.x.sub_(rate * velocity)
        if recipe.relu:
            features = slice(self._split, self._end)
            negative = state.x[features].clamp(max=0.0)
            velocity[features] += negative / rate
            state.x[features] -= negative

    def _accelerate(self, state: TorchState, gradient: Tensor, recipe: Recipe) -> None:
        point = state.slots[0]
        new = point - self._rate.to(gradient.dtype) * gradient
        if recipe.relu:
            new[self._split : self._end].clamp_(min=0.0)
        uphill = torch.dot(point - new, new - state.x) > 0.0
        theta = state.clock[1].masked_fill(uphill, 1.0)
        state.clock[1] = 0.5 * (1.0 + torch.sqrt(1.0 + 4.0 * theta * theta))
        carry = ((theta - 1.0) / state.clock[1]).to(new.dtype)
        point.copy_(new + carry * (new - state.x))
        state.x.copy_(new)

    def _adapt(self, state: TorchState, gradient: Tensor, recipe: Recipe) -> None:
        first, second = state.slots
        g = self._scales * gradient
        first.lerp_(g, 1.0 - ADAM_DECAYS[0])
        second.lerp_(g.square(), 1.0 - ADAM_DECAYS[1])
        count = state.clock[0]
        rate = (self._rate / (1.0 - ADAM_DECAYS[0] ** count)).to(g.dtype)
        spread = torch.rsqrt(1.0 - ADAM_DECAYS[1] ** count).to(g.dtype)
        state.x.sub_(rate * first / (spread * second.sqrt() + ADAM_EPSILON) / self._scales)
        if recipe.relu:
            state.x[self._split : self._end].clamp_(min=0.0)
