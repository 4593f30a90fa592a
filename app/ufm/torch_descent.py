"""Gradient steps of many class-mean problems as one program of batched tensor operations.

The same heavy ball as in `_steps.py`, all problems in step. It is meant for a GPU, where one graph
replays a step of all, and runs on any torch device.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.device.memory import in_batches
from app.device.streams import Lane
from app.device.tensors import Tensors
from app.ufm.stack import Stack
from app.ufm.torch_stack import TensorStack, tensor_stack

FloatArray = NDArray[np.float64]

# Vectors of all parameters, and matrices K x K, that are alive at a time.
_VECTORS, _MATRICES = 12, 14


@dataclass(frozen=True)
class _Balls(Tensors):
    """Points and velocities (B, P), the last finite points, and whether all were, (B, 1)."""

    x: Tensor
    velocity: Tensor
    good: Tensor
    finite: Tensor


def heavy_ball(
    stack: Stack,
    start: FloatArray,
    rates: FloatArray,
    momentum: FloatArray,
    steps: int,
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Take gradient steps with momentum from ``start`` (B, P), each problem at its own rate.

    Returns
    -------
    x : (B, P) array
        Parameters after the last step, or after the last one with a finite objective.
    finite : (B,) array
        Whether the objective stayed finite.

    Raises
    ------
    UserError
        If the device has no memory for one problem.
    """

    def some(part: slice) -> tuple[FloatArray, NDArray[np.bool_]]:
        chosen = stack.take(np.arange(len(start))[part])
        lane = Lane(device)
        with lane():
            x, rate, decay = (
                torch.as_tensor(values[part], device=device, dtype=dtype)
                for values in (start, rates[:, None], momentum[:, None])
            )
            return _roll(lane, chosen, x, rate, decay, steps)

    numbers = _VECTORS * start.shape[1] + _MATRICES * stack.roots.shape[1] ** 2
    parts = in_batches(some, len(start), numbers * dtype.itemsize, device)
    x, finite = (np.concatenate(part) for part in zip(*parts, strict=True))
    return x, finite


def _roll(
    lane: Lane, stack: Stack, x: Tensor, rate: Tensor, decay: Tensor, steps: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Take the steps of one batch."""
    K = stack.roots.shape[1]
    problems = tensor_stack(stack, (x.shape[1] // K - 1) // 2, lane.device, x.dtype)
    finite = torch.ones(len(x), 1, dtype=torch.bool, device=lane.device)
    balls = _Balls(x.clone(), torch.zeros_like(x), x.clone(), finite)
    step = lane.replayed(lambda: _step(problems, balls, rate, decay), balls.tensors())
    for _ in range(steps):
        step()
    end, _ = problems.value_and_gradient(balls.x)
    finite = balls.finite & torch.isfinite(end)[:, None]
    found = torch.where(finite, balls.x, balls.good)
    return found.double().cpu().numpy(), finite[:, 0].cpu().numpy()


def _step(problems: TensorStack, balls: _Balls, rate: Tensor, decay: Tensor) -> None:
    """One step of all, in place."""
    value, gradient = problems.value_and_gradient(balls.x)
    balls.finite.logical_and_(torch.isfinite(value)[:, None])
    balls.good.copy_(torch.where(balls.finite, balls.x, balls.good))
    balls.velocity.mul_(decay).add_(gradient)
    balls.x.sub_(rate * balls.velocity)
    if problems.relu:
        features = problems.features
        below = balls.x[:, features].clamp(max=0.0)
        balls.velocity[:, features] += below / rate
        balls.x[:, features] -= below
