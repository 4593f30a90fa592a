"""Local descent of many class-mean problems as one program of batched tensor operations.

The same L-BFGS as in `_lbfgs.py`, all problems in step. It is meant for a GPU and runs on any torch
device. A tick evaluates every problem once: those whose trial point is low enough move there and
aim anew, the others shorten their step. So none waits for the line search of another, a tick is the
same operations whatever happens in it, and the host need not know before the end of several.
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
Found = tuple[FloatArray, NDArray[np.int64]]

MEMORY = 10
PATIENCE = 20
_BACKTRACKS = 30
# Ticks between two looks at how many go on.
_UNSEEN = 8
# Numbers in the points of all from which a tick takes longer the more there are: below, problems
# that have ended are carried along, for a new graph costs more than it saves.
_FULL = 2**20
# Vectors of all parameters, and matrices K x K, that are alive at a time.
_VECTORS, _MATRICES = 7 * MEMORY + 24, 14


@dataclass(frozen=True)
class _Search(Tensors):
    """What L-BFGS keeps of every problem; first axis B.

    Attributes
    ----------
    x, gradient : (B, P)
    value : (B,)
    steps, changes : (B, MEMORY, P)
        Of x and of the gradient, newest first; zero where there are none.
    aim : (B, P)
        Direction of the search under way.
    length : (B,)
        Of the next trial, in units of `aim`.
    known : (B,) bool
        Whether curvature went into `aim`.
    tries : (B,)
        Trials of this search.
    flattest : (B,)
        Square of the smallest gradient seen when progress was last told.
    idle, evaluations : (B,)
    going : (B,) bool
    """

    x: Tensor
    gradient: Tensor
    value: Tensor
    steps: Tensor
    changes: Tensor
    aim: Tensor
    length: Tensor
    known: Tensor
    tries: Tensor
    flattest: Tensor
    idle: Tensor
    evaluations: Tensor
    going: Tensor


@dataclass(frozen=True)
class _Limits:
    """When a search ends; see `descent.descend`."""

    tolerance: float
    most: int


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
    """Do what `descent.descend` does, on a torch device.

    Raises
    ------
    UserError
        If the device has no memory for one problem.
    """
    batch, K, dim = W.shape
    start = np.concatenate([W.reshape(batch, -1), U.reshape(batch, -1), b], axis=1)

    def some(part: slice) -> Found:
        chosen = stack.take(np.arange(batch)[part])
        lane = Lane(device)
        with lane():
            problems = tensor_stack(chosen, dim, device)
            x = torch.as_tensor(start[part], device=device)
            return _minimize(lane, problems, x, _Limits(tolerance, most))

    numbers = _VECTORS * start.shape[1] + _MATRICES * K**2
    parts = in_batches(some, batch, 8 * numbers, device)
    found, evaluations = (np.concatenate(part) for part in zip(*parts, strict=True))
    split, end = K * dim, 2 * K * dim
    W, U = found[:, :split].reshape(W.shape), found[:, split:end].reshape(W.shape)
    return W, U, found[:, end:], evaluations


def _minimize(lane: Lane, problems: TensorStack, x: Tensor, limits: _Limits) -> Found:
    """Tick until all searches have ended; those that have are left out when they are half."""
    done, counts = x.clone(), torch.zeros(len(x), dtype=torch.int64, device=x.device)
    rows = torch.arange(len(x), device=x.device)
    search = _begun(problems, x, limits)
    while len(rows):
        _tick_on(lane, problems, search, limits)
        done[rows], counts[rows] = search.x, search.evaluations
        kept = search.going.nonzero()[:, 0]
        rows, problems, search = rows[kept], problems.take(kept), search.take(kept)
    return done.cpu().numpy(), counts.cpu().numpy()


def _tick_on(lane: Lane, problems: TensorStack, search: _Search, limits: _Limits) -> None:
    """Tick, in place, until at most half go on, or none where that is too few to fill a GPU."""
    enough = len(search.x) // 2 if search.x.numel() > _FULL else 0
    tick = lane.replayed(lambda: search.assign(_ticked(problems, search, limits)), search.tensors())
    while int(search.going.sum()) > enough:
        for _ in range(_UNSEEN):
            tick()


def _begun(problems: TensorStack, x: Tensor, limits: _Limits) -> _Search:
    """The searches before their first trial."""
    value, gradient = problems.value_and_gradient(x)
    pairs = x.new_zeros(len(x), MEMORY, x.shape[1])
    ones = torch.ones(len(x), dtype=torch.int64, device=x.device)
    yes = torch.ones_like(value, dtype=torch.bool)
    search = _Search(
        x=x,
        gradient=gradient,
        value=value,
        steps=pairs,
        changes=pairs,
        aim=gradient,
        length=value,
        known=yes,
        tries=0 * ones,
        flattest=torch.full_like(value, torch.inf),
        idle=0 * ones,
        evaluations=ones,
        going=yes,
    )
    # Copied: several fields began as one tensor, and a graph writes to each.
    return _aimed(problems, search, yes, limits).copy()


def _ticked(problems: TensorStack, search: _Search, limits: _Limits) -> _Search:
    """The searches after one evaluation of each."""
    x = search.x + search.length[:, None] * search.aim
    if problems.relu:
        x[:, problems.features].clamp_(min=0.0)
    value, gradient = problems.value_and_gradient(x)
    moved = x - search.x
    slope = (search.gradient * moved).sum(1)
    slack = 1e-15 * search.value.abs()
    low = search.going & (value <= search.value + 1e-4 * slope + slack)
    lost = search.going & ~low & (search.tries + 1 >= _BACKTRACKS)
    # The least of the parabola through what is known, within a tenth and a half.
    bend = 2.0 * (value - search.value - slope)
    shrink = torch.where(bend > 0.0, (-slope / bend).clamp(0.1, 0.5), torch.full_like(bend, 0.1))
    steps, changes = _remembered(search, low, lost, moved, gradient - search.gradient)
    following = _Search(
        x=torch.where(low[:, None], x, search.x),
        gradient=torch.where(low[:, None], gradient, search.gradient),
        value=torch.where(low, value, search.value),
        steps=steps,
        changes=changes,
        aim=search.aim,
        length=search.length * shrink,
        known=search.known,
        tries=search.tries + 1,
        flattest=search.flattest,
        idle=search.idle.masked_fill(low & (value < search.value - slack), 0),
        evaluations=search.evaluations + search.going,
        # Downhill without memory and still nothing lower: that is all rounding lets one see.
        going=search.going & ~(lost & ~search.known),
    )
    return _aimed(problems, following, low | lost, limits)


def _remembered(
    search: _Search, low: Tensor, lost: Tensor, moved: Tensor, change: Tensor
) -> tuple[Tensor, Tensor]:
    """Steps and changes with the newest first, where it curves upwards; none where all was lost."""
    useful = (low & ((moved * change).sum(1) > 0.0))[:, None, None]

    def pushed(old: Tensor, new: Tensor) -> Tensor:
        return torch.where(useful, torch.cat([new[:, None], old[:, :-1]], dim=1), old)

    # A pair without its step has no curvature, and is passed over.
    steps = pushed(search.steps, moved).masked_fill(lost[:, None, None], 0.0)
    return steps, pushed(search.changes, change)


def _aimed(problems: TensorStack, search: _Search, settled: Tensor, limits: _Limits) -> _Search:
    """The searches with a new direction where they have just moved, if they are to go on."""
    free = _free(problems, search)
    downhill = search.gradient * free
    steepness = downhill.square().sum(1)
    flatter = settled & (steepness < 0.5 * search.flattest)
    idle = (search.idle + settled).masked_fill(flatter, 0)
    size = torch.sqrt(steepness * search.x.square().sum(1))
    over = (size <= limits.tolerance * search.value) | (idle >= PATIENCE)
    over = over | (search.evaluations >= limits.most)
    aim, known = _direction(search, free, problems.metric)
    uphill = (search.gradient * aim).sum(1) >= 0.0
    aim = torch.where(uphill[:, None], -downhill * problems.metric, aim)
    known = known & ~uphill
    first = (1.0 / torch.sqrt(steepness).clamp(min=1e-300)).clamp(max=1.0).masked_fill(known, 1.0)
    return _Search(
        x=search.x,
        gradient=search.gradient,
        value=search.value,
        steps=search.steps.masked_fill((settled & uphill)[:, None, None], 0.0),
        changes=search.changes,
        aim=torch.where(settled[:, None], aim, search.aim),
        length=torch.where(settled, first, search.length),
        known=torch.where(settled, known, search.known),
        tries=search.tries.masked_fill(settled, 0),
        flattest=torch.where(flatter, steepness, search.flattest),
        idle=idle,
        evaluations=search.evaluations,
        going=search.going & ~(settled & over),
    )


def _free(problems: TensorStack, search: _Search) -> Tensor:
    """1 for what may move: all but coordinates of U at zero that would become negative."""
    free = torch.ones_like(search.x)
    if problems.relu:
        features = problems.features
        bound = (search.x[:, features] <= 0.0) & (search.gradient[:, features] > 0.0)
        free[:, features] -= bound.to(free.dtype)
    return free


def _direction(search: _Search, free: Tensor, metric: Tensor) -> tuple[Tensor, Tensor]:
    """L-BFGS directions (B, P), and whether any curvature was known, (B,)."""
    S, Y = search.steps, search.changes * free[:, None]
    curvature = (S * Y).sum(-1)
    usable = curvature > 0.0
    inverse = (1.0 / curvature.masked_fill(~usable, 1.0)).masked_fill(~usable, 0.0)
    aim = -search.gradient * free
    shares = []
    for i in range(MEMORY):
        shares.append(inverse[:, i] * (S[:, i] * aim).sum(1))
        aim = aim - shares[i][:, None] * Y[:, i]
    known, newest = usable.any(1), usable.to(torch.int8).argmax(1)
    rows = torch.arange(len(aim), device=aim.device)
    square = (search.changes[rows, newest] * Y[rows, newest] * metric).sum(1)
    scale = (curvature[rows, newest] / square).masked_fill(~known, 1.0)
    aim = aim * scale[:, None] * metric
    for i in reversed(range(MEMORY)):
        share = shares[i] - inverse[:, i] * (Y[:, i] * aim).sum(1)
        share = share.masked_fill(~usable[:, i], 0.0)
        aim = aim + share[:, None] * S[:, i] * free
    return aim, known
