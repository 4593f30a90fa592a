# mypy: ignore-errors
"""Compiled training: many steps a call; `dynamics.py` holds the reference."""

import math

from numba import njit

from app.ufm._kernels import FASTMATH, fill_gradient
from app.ufm.recipe import ADAM_DECAYS, ADAM_EPSILON, DESCENT, NESTEROV


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def advance(x, slots, clock, gradient, z, dim, terms, recipe, steps, ceiling):
    """Train for up to `steps`, in place; return how many were made.

    Stops before the first step from where the objective is not at most `ceiling`.

    Parameters
    ----------
    x, gradient : (P,)
        Parameters, and room for their gradient.
    slots : (1 or 2, P)
        What the method remembers: velocity; Nesterov's next point; Adam's two moments.
    clock : (2,) float64
        Steps done, and Nesterov's theta.
    z : (m K,)
        Room to work in, see `fill_gradient`.
    dim : int
    terms : Terms
    recipe : Recipe
    steps : int
    ceiling : float
    """
    num_classes = terms.multipliers.shape[0]
    split = num_classes * dim
    low = split if recipe.relu else 0
    high = split + terms.labels.size * dim if recipe.relu else 0
    for done in range(steps):
        point = slots[0] if recipe.method == NESTEROV else x
        value = fill_gradient(point, gradient, z, dim, terms)
        if not value <= ceiling:
            return done
        clock[0] += 1.0
        if recipe.method == DESCENT:
            _descend(x, slots[0], gradient, recipe.rate, recipe.momentum, low, high)
        elif recipe.method == NESTEROV:
            clock[1] = _accelerate(x, slots[0], gradient, recipe.rate, clock[1], low, high)
        else:
            _adapt_all(x, slots, gradient, recipe.rate, clock[0], dim, num_classes, terms.scales)
            for t in range(low, high):
                x[t] = max(x[t], x.dtype.type(0.0))
    return steps


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _descend(x, velocity, gradient, rate, momentum, low, high):
    """One step of gradient descent with heavy-ball momentum, projected in [low, high)."""
    rate, momentum = x.dtype.type(rate), x.dtype.type(momentum)
    for t in range(x.size):
        velocity[t] = momentum * velocity[t] + gradient[t]
        x[t] -= rate * velocity[t]
    for t in range(low, high):
        if x[t] < 0.0:
            velocity[t] += x[t] / rate  # What is left is the displacement that took place.
            x[t] = 0.0


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _accelerate(x, point, gradient, rate, theta, low, high):
    """One step of Nesterov's method, projected in [low, high); return the next theta.

    `gradient` is that at `point`, which holds the new iterate less the old one on the way.
    """
    rate = x.dtype.type(rate)
    uphill = x.dtype.type(0.0)
    for t in range(x.size):
        new = point[t] - rate * gradient[t]
        if low <= t < high:
            new = max(new, x.dtype.type(0.0))
        uphill += (point[t] - new) * (new - x[t])
        point[t] = new - x[t]
    if uphill > 0.0:
        theta = 1.0
    following = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * theta * theta))
    carry = x.dtype.type((theta - 1.0) / following)
    for t in range(x.size):
        x[t] += point[t]
        point[t] = x[t] + carry * point[t]
    return following


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _adapt_all(x, slots, gradient, rate, count, dim, num_classes, scales):
    """One step of Adam on classifier, bias and ``scales_r u_r``, the features of samples."""
    split = num_classes * dim
    one = x.dtype.type(1.0)
    _adapt(x[:split], slots[0, :split], slots[1, :split], gradient[:split], rate, count, one)
    for r in range(scales.size):
        a, b = split + r * dim, split + (r + 1) * dim
        _adapt(x[a:b], slots[0, a:b], slots[1, a:b], gradient[a:b], rate, count, scales[r])
    a = split + scales.size * dim
    _adapt(x[a:], slots[0, a:], slots[1, a:], gradient[a:], rate, count, one)


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _adapt(x, first, second, gradient, rate, count, scale):
    """One step of Adam on ``scale * x``, the `count`-th."""
    one = x.dtype.type(1.0)
    keep_first, keep_second = x.dtype.type(ADAM_DECAYS[0]), x.dtype.type(ADAM_DECAYS[1])
    rate = x.dtype.type(rate / (1.0 - ADAM_DECAYS[0] ** count)) / scale
    spread = x.dtype.type(1.0 / math.sqrt(1.0 - ADAM_DECAYS[1] ** count))
    epsilon = x.dtype.type(ADAM_EPSILON)
    for t in range(x.size):
        g = scale * gradient[t]
        first[t] = keep_first * first[t] + (one - keep_first) * g
        second[t] = keep_second * second[t] + (one - keep_second) * g * g
        x[t] -= rate * first[t] / (spread * math.sqrt(second[t]) + epsilon)
