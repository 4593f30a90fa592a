"""The steps of training on a GPU."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from app.ufm.dynamics import Array
from app.ufm.problem import Problem
from app.ufm.recipe import ADAM, ADAM_DECAYS, ADAM_EPSILON, DESCENT, NESTEROV, Recipe


@dataclass
class TorchState:
    """What changes while training, on the device: see `dynamics.State`."""

    x: Tensor
    slots: Tensor
    clock: Tensor

    def copy(self) -> "TorchState":
        """Return a state that moves on its own."""
        return TorchState(self.x.clone(), self.slots.clone(), self.clock.clone())

    def assign(self, other: "TorchState") -> None:
        """Become equal to another state, in place."""
        self.x.copy_(other.x)
        self.slots.copy_(other.slots)
        self.clock.copy_(other.clock)


class TorchEngine:
    """The steps in torch, their gradient written by hand; on CUDA one graph replays a step.

    A step whose objective is above the ceiling leaves the state as it is, on the device, so that
    none has to wait for the processor. Ceiling and rate are values on the device as well, so that
    one graph serves all.
    """

    def __init__(self, problem: Problem, dtype: str, device: str) -> None:
        def tensor(values: Array) -> Tensor:
            return torch.as_tensor(values, dtype=getattr(torch, dtype), device=device)

        self._problem = problem
        self._split = problem.num_classes * problem.dim
        self._end = self._split + problem.num_rows * problem.dim
        self._own = torch.as_tensor(problem.labels, device=device)[:, None]
        self._multipliers = tensor(problem.multipliers.T[problem.labels])
        self._offsets = tensor(problem.offsets.T[problem.labels])
        self._weights = tensor(problem.weights)[:, None]
        self._row_scales = tensor(1.0 / np.sqrt(problem.copies))[:, None]
        self._scales = tensor(np.ones(self._end + problem.num_classes))
        self._scales[self._split : self._end] = self._row_scales.expand(-1, problem.dim).flatten()
        self._rate = torch.zeros((), dtype=torch.float64, device=device)
        self._ceiling = torch.zeros((), dtype=torch.float64, device=device)
        self._captured: tuple[Recipe, TorchState, Callable[[], None]] | None = None

    def start(self, x: Array | Tensor, method: int) -> TorchState:
        """Return the state before the first step."""
        placed = torch.as_tensor(x).to(self._scales, copy=True)
        slots = torch.zeros_like(placed).repeat(2 if method == ADAM else 1, 1)
        if method == NESTEROV:
            slots[0] = placed
        clock = torch.tensor([0.0, 1.0], dtype=torch.float64, device=placed.device)
        return TorchState(placed, slots, clock)

    def advance(self, state: TorchState, recipe: Recipe, steps: int, ceiling: float) -> int:
        """Train in place; see `dynamics.Engine`."""
        self._rate.fill_(recipe.rate)
        self._ceiling.fill_(ceiling)
        before = state.clock[0].item()
        if state.x.is_cuda:
            inside, replay = self._capture(state, recipe)
            inside.assign(state)
            for _ in range(steps):
                replay()
            state.assign(inside)
        else:
            for _ in range(steps):
                self._step(state, recipe)
        return round(state.clock[0].item() - before)

    def evaluate(self, state: TorchState) -> tuple[float, Array, Array]:
        """Return objective, parameters and gradient."""
        value, gradient = self._value_and_gradient(state.x)
        return value.item(), state.x.cpu().numpy(), gradient.cpu().numpy()

    def _capture(self, like: TorchState, recipe: Recipe) -> tuple[TorchState, Callable[[], None]]:
        """The state that the graph of a step works on, and what replays it."""
        recipe = recipe._replace(rate=0.0)  # The rate is read from the device.
        if self._captured is None or self._captured[0] != recipe:
            inside = like.copy()
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):  # Libraries set themselves up before the capture.
                for _ in range(3):
                    self._step(inside, recipe)
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._step(inside, recipe)
            self._captured = recipe, inside, graph.replay
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
        state.x.copy_(torch.where(allowed, following.x, state.x))
        state.slots.copy_(torch.where(allowed, following.slots, state.slots))
        state.clock.copy_(torch.where(allowed, following.clock, state.clock))

    def _value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        problem = self._problem
        W, U, b = (
            x[: self._split].view(-1, problem.dim),
            x[self._split : self._end].view(-1, problem.dim),
            x[self._end :],
        )
        losses, slopes = self._row_losses((U @ W.T) * self._row_scales + b)
        slopes = slopes * self._weights
        inner = slopes * self._row_scales
        decays = problem.weight_decay, problem.feature_decay, problem.bias_decay
        gradient = torch.empty_like(x)
        value = (losses * self._weights[:, 0]).sum(dtype=torch.float64)
        parts = gradient[: self._split], gradient[self._split : self._end], gradient[self._end :]
        slopes_of = inner.T @ U, inner @ W, slopes.sum(dim=0)
        for part, slope, weight, decay in zip(parts, slopes_of, (W, U, b), decays, strict=True):
            part.copy_((slope + decay * weight).flatten())
            value = value + 0.5 * decay * weight.square().sum(dtype=torch.float64)
        if problem.fixed_classifier is not None:
            parts[0].zero_()
        if not problem.bias:
            parts[2].zero_()
        return value, gradient

    def _row_losses(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R,) and their gradients in the logits (R, K), as in `problem.row_losses`."""
        if self._problem.squared:
            residual = z.scatter_add(1, self._own, torch.full_like(z[:, :1], -1.0))
            return 0.5 * residual.square().sum(dim=1), residual
        margins = self._multipliers * z + self._offsets
        margins = margins - margins.gather(1, self._own)
        top = margins.amax(dim=1, keepdim=True)
        odds = torch.exp(margins - top)
        mine = odds.gather(1, self._own)
        odds = odds.scatter(1, self._own, 0.0)
        others = odds.sum(dim=1, keepdim=True)
        total = mine + others
        loss = torch.where(top > 0.0, top + torch.log(total), torch.log1p(others))
        gradient = self._multipliers * odds.scatter(1, self._own, -others) / total
        focusing = self._problem.focusing
        if focusing == 0.0:
            return loss[:, 0], gradient
        wrong = others / total
        ratio = torch.where(wrong > 0.0, loss / wrong, 1.0)
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
        theta = torch.where(uphill, 1.0, state.clock[1])
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
