"""Local descent of many class-mean problems as one program of batched tensor operations.

The same L-BFGS as in `_lbfgs.py` and the same heavy ball as in `_steps.py`, all problems in step.
It is meant for a GPU, where it takes the place of both, and runs on any torch device.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.ufm.stack import Stack
from app.ufm.torch_stack import TensorStack, tensor_stack

FloatArray = NDArray[np.float64]

MEMORY = 10
PATIENCE = 20
_BACKTRACKS = 30


@dataclass
class _Search:
    """What L-BFGS keeps of every problem; first axis B."""

    x: Tensor
    value: Tensor
    gradient: Tensor
    steps: Tensor
    changes: Tensor
    flattest: Tensor
    idle: Tensor
    evaluations: Tensor

    def take(self, rows: Tensor) -> "_Search":
        return _Search(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def descend(
    stack: Stack,
    W: FloatArray,
    U: FloatArray,
    b: FloatArray,
    *,
    tolerance: float,
    most: int,
    device: torch.device,
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Do what `descent.descend` does, on a torch device."""
    batch, K, dim = W.shape
    problems = tensor_stack(stack, dim, device)
    start = np.concatenate([W.reshape(batch, -1), U.reshape(batch, -1), b], axis=1)
    x = torch.as_tensor(start, device=device)
    done = x.clone()
    counts = torch.zeros(batch, dtype=torch.int64, device=device)
    rows = torch.arange(batch, device=device)
    search = _begin(problems, x)
    while len(rows):
        free = _free(problems, search)
        going = _going(search, free, tolerance, most)
        if not bool(going.all()):
            done[rows], counts[rows] = search.x, search.evaluations
            rows, free = rows[going], free[going]
            problems, search = problems.take(going), search.take(going)
            if not len(rows):
                break
        _advance(problems, search, free)
    found = done.cpu().numpy()
    split, end = K * dim, 2 * K * dim
    W, U = found[:, :split].reshape(W.shape), found[:, split:end].reshape(W.shape)
    return W, U, found[:, end:], counts.cpu().numpy()


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
    """
    K = stack.roots.shape[1]
    dim = (start.shape[1] // K - 1) // 2
    problems = tensor_stack(stack, dim, device, dtype)
    low, high = K * dim, 2 * K * dim
    x = torch.as_tensor(start, device=device, dtype=dtype)
    rate = torch.as_tensor(rates, device=device, dtype=dtype)[:, None]
    decay = torch.as_tensor(momentum, device=device, dtype=dtype)[:, None]
    velocity, good = torch.zeros_like(x), x
    finite = torch.ones(len(x), 1, dtype=torch.bool, device=device)
    for _ in range(steps):
        value, gradient = problems.value_and_gradient(x)
        finite = finite & torch.isfinite(value)[:, None]
        good = torch.where(finite, x, good)
        velocity = decay * velocity + gradient
        x = x - rate * velocity
        if stack.relu:
            below = x[:, low:high].clamp(max=0.0)
            velocity[:, low:high] += below / rate
            x[:, low:high] -= below
    finite = finite & torch.isfinite(problems.value_and_gradient(x)[0])[:, None]
    x = torch.where(finite, x, good)
    return x.double().cpu().numpy(), finite[:, 0].cpu().numpy()


def _begin(problems: TensorStack, x: Tensor) -> _Search:
    """The search before its first step."""
    value, gradient = problems.value_and_gradient(x)
    pairs = x.new_zeros(len(x), MEMORY, x.shape[1])
    ones = torch.ones(len(x), dtype=torch.int64, device=x.device)
    flattest = torch.full_like(value, torch.inf)
    return _Search(x, value, gradient, pairs, pairs.clone(), flattest, 0 * ones, ones)


def _free(problems: TensorStack, search: _Search) -> Tensor:
    """1 for what may move: all but coordinates of U at zero that would become negative."""
    free = torch.ones_like(search.x)
    if problems.relu:
        low = problems.weights.shape[1] * problems.dim
        bound = (search.x <= 0.0) & (search.gradient > 0.0)
        free[:, low : 2 * low] -= bound[:, low : 2 * low].to(free.dtype)
    return free


def _going(search: _Search, free: Tensor, tolerance: float, most: int) -> Tensor:
    """Which searches have not ended; counts how long each has made no progress."""
    steepness = (search.gradient.square() * free).sum(1)
    flatter = steepness < 0.5 * search.flattest
    search.flattest = torch.where(flatter, steepness, search.flattest)
    search.idle = torch.where(flatter, 0, search.idle + 1)
    size = torch.sqrt(steepness * search.x.square().sum(1))
    going = (size > tolerance * search.value) & (search.idle < PATIENCE)
    return going & (search.evaluations < most)


def _direction(search: _Search, free: Tensor, metric: Tensor) -> tuple[Tensor, Tensor]:
    """L-BFGS directions (B, P), and whether any curvature was known, (B,)."""
    S, Y = search.steps, search.changes * free[:, None]
    curvature = (S * Y).sum(-1)
    usable = curvature > 0.0
    inverse = torch.where(usable, 1.0 / torch.where(usable, curvature, 1.0), 0.0)
    step = -search.gradient * free
    shares = []
    for i in range(MEMORY):
        shares.append(inverse[:, i] * (S[:, i] * step).sum(1))
        step = step - shares[i][:, None] * Y[:, i]
    known = usable.any(1)
    newest = usable.to(torch.int8).argmax(1)
    rows = torch.arange(len(step), device=step.device)
    square = search.changes[rows, newest] * Y[rows, newest] * metric
    scale = curvature[rows, newest] / square.sum(1)
    step = step * torch.where(known, scale, 1.0)[:, None] * metric
    for i in reversed(range(MEMORY)):
        share = shares[i] - inverse[:, i] * (Y[:, i] * step).sum(1)
        share = torch.where(usable[:, i], share, 0.0)
        step = step + share[:, None] * S[:, i] * free
    return step, known


def _advance(problems: TensorStack, search: _Search, free: Tensor) -> None:
    """One step of every search, in place; pairs are kept newest first."""
    step, known = _direction(search, free, problems.metric)
    steepest = -search.gradient * free * problems.metric
    uphill = (search.gradient * step).sum(1) >= 0.0
    search.steps[uphill] = 0.0
    step = torch.where(uphill[:, None], steepest, step)
    known = known & ~uphill
    norm = (search.gradient * free).norm(dim=1).clamp(min=1e-300)
    length = torch.where(known, 1.0, (1.0 / norm).clamp(max=1.0))
    slack = 1e-15 * search.value.abs()
    trial, value, gradient = search.x.clone(), search.value.clone(), search.gradient.clone()
    waiting = torch.ones_like(known)
    low = problems.weights.shape[1] * problems.dim
    for _ in range(_BACKTRACKS):
        x = search.x + length[:, None] * step
        if problems.relu:
            x[:, low : 2 * low].clamp_(min=0.0)
        found, slopes = problems.value_and_gradient(x)
        search.evaluations += waiting.to(torch.int64)
        slope = (search.gradient * (x - search.x)).sum(1)
        accepted = waiting & (found <= search.value + 1e-4 * slope + slack)
        trial[accepted], value[accepted], gradient[accepted] = (
            x[accepted],
            found[accepted],
            slopes[accepted],
        )
        waiting = waiting & ~accepted
        if not bool(waiting.any()):
            break
        bend = 2.0 * (found - search.value - slope)
        shrink = torch.where(bend > 0.0, (-slope / bend).clamp(0.1, 0.5), 0.1)
        length = torch.where(waiting, length * shrink, length)
    search.steps[waiting] = 0.0
    search.idle = torch.where(value < search.value - slack, 0, search.idle)
    moved, change = trial - search.x, gradient - search.gradient
    useful = ((moved * change).sum(1) > 0.0)[:, None, None]
    for name, new in (("steps", moved), ("changes", change)):
        old = getattr(search, name)
        longer = torch.cat([new[:, None], old[:, :-1]], dim=1)
        setattr(search, name, torch.where(useful, longer, old))
    search.x, search.value, search.gradient = trial, value, gradient
