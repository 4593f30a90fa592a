# mypy: ignore-errors
"""Compiled L-BFGS for class-mean problems; `descent.reference` is what it is judged by.

All is serial and releases the GIL: parallelism belongs to whoever calls. A point is one vector
``x = [W (K, d) | U (K, d) | b (K)]``, as in `_kernels.py`.
"""

import math

import numpy as np
from numba import njit

from app.ufm._kernels import FASTMATH, ROWS, Terms, fill_gradient

MEMORY = 10
ROOM = 10_000_000  # Numbers that remembered steps may take; large problems remember fewer.
PATIENCE = 20


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _dot(a, b):
    total = 0.0
    for t in range(a.size):
        total += a[t] * b[t]
    return total


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _quasi_newton(step, gradient, free, metric, S, Y, curvature, newest, held, shares):
    """Write the L-BFGS direction into ``step``, among the free coordinates alone.

    The two loops of Nocedal & Wright (2006), algorithm 7.4, around a diagonal ``metric``.
    ``curvature`` holds S_i . Y_i over the free coordinates; a pair without any is passed over.
    """
    memory, scale = S.shape[0], 0.0
    for t in range(step.size):
        step[t] = -gradient[t] * free[t]
    for back in range(held):
        i = (newest - back) % memory
        if curvature[i] <= 0.0:
            continue
        if scale == 0.0:
            square = 0.0
            for t in range(step.size):
                square += Y[i, t] * Y[i, t] * free[t] * metric[t]
            scale = curvature[i] / square
        shares[i] = _dot(S[i], step) / curvature[i]
        for t in range(step.size):
            step[t] -= shares[i] * Y[i, t] * free[t]
    for t in range(step.size):
        step[t] *= metric[t] * (scale if scale > 0.0 else 1.0)
    for back in range(held - 1, -1, -1):
        i = (newest - back) % memory
        if curvature[i] <= 0.0:
            continue
        share = shares[i] - _dot(Y[i], step) / curvature[i]
        for t in range(step.size):
            step[t] += share * S[i, t] * free[t]
    return scale > 0.0


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _release(free, x, gradient, low, high):
    """Mark what may move: all but coordinates of U at zero that would become negative."""
    for t in range(low, high):
        free[t] = 0.0 if x[t] <= 0.0 and gradient[t] > 0.0 else 1.0


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _free_curvature(curvature, S, Y, free):
    """Set S_i . Y_i over the free coordinates."""
    for i in range(curvature.size):
        total = 0.0
        for t in range(free.size):
            total += S[i, t] * Y[i, t] * free[t]
        curvature[i] = total


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def minimize(x, dim, terms, nonnegative, bias_metric, tolerance, most):
    """Descend from x, in place, until |gradient| |x| <= tolerance * value.

    L-BFGS with backtracking. Where U must not be negative, steps are projected and curvature is
    taken over the free coordinates alone (two-metric projection; Bertsekas, 1982). Ends also after
    ``most`` evaluations, or when rounding hides all progress.

    Returns
    -------
    evaluations : int
    """
    num_classes, size = terms.labels.size, x.size
    memory = max(3, min(MEMORY, ROOM // size))
    low, high = num_classes * dim, 2 * num_classes * dim
    gradient, trial_gradient = np.empty(size), np.empty(size)
    z = np.empty(min(ROWS, num_classes) * num_classes)
    trial, step, free = np.empty(size), np.empty(size), np.ones(size)
    S, Y = np.zeros((memory, size)), np.zeros((memory, size))
    curvature, shares = np.zeros(memory), np.empty(memory)
    metric = np.ones(size)
    metric[high:] = bias_metric
    newest, held, idle, flattest = -1, 0, 0, math.inf
    value = fill_gradient(x, gradient, z, dim, terms)
    evaluations = 1
    while evaluations < most and idle < PATIENCE:
        if nonnegative:
            _release(free, x, gradient, low, high)
            _free_curvature(curvature, S, Y, free)
        steepness = 0.0
        for t in range(size):
            steepness += gradient[t] * gradient[t] * free[t]
        if math.sqrt(steepness * _dot(x, x)) <= tolerance * value:
            break
        # Near the optimum the value stands still in its last digits while the gradient falls.
        idle += 1
        if steepness < 0.5 * flattest:
            flattest, idle = steepness, 0
        curved = _quasi_newton(step, gradient, free, metric, S, Y, curvature, newest, held, shares)
        if _dot(gradient, step) >= 0.0:
            held = 0
            curved = _quasi_newton(
                step, gradient, free, metric, S, Y, curvature, newest, held, shares
            )
        length = 1.0 if curved else min(1.0, 1.0 / math.sqrt(steepness))
        slack = 1e-15 * abs(value)
        accepted, found = False, value
        for _ in range(30):
            slope = 0.0
            for t in range(size):
                trial[t] = x[t] + length * step[t]
            if nonnegative:
                for t in range(low, high):
                    trial[t] = max(trial[t], 0.0)
            for t in range(size):
                slope += gradient[t] * (trial[t] - x[t])
            found = fill_gradient(trial, trial_gradient, z, dim, terms)
            evaluations += 1
            accepted = found <= value + 1e-4 * slope + slack
            if accepted:
                break
            # The least of the parabola through what is known, within a tenth and a half.
            bend = 2.0 * (found - value - slope)
            length *= min(0.5, max(0.1, -slope / bend)) if bend > 0.0 else 0.1
        if not accepted:
            if held == 0:
                break
            held = 0
            continue
        if found < value - slack:
            idle = 0
        value = found
        following = (newest + 1) % memory
        for t in range(size):
            S[following, t] = trial[t] - x[t]
            Y[following, t] = trial_gradient[t] - gradient[t]
            x[t] = trial[t]
            gradient[t] = trial_gradient[t]
        curvature[following] = _dot(S[following], Y[following])
        if curvature[following] > 0.0:
            newest, held = following, min(held + 1, memory)
    return evaluations


@njit(error_model="numpy", nogil=True, cache=True)
def minimize_each(
    x,
    dim,
    scales,
    weights,
    multipliers,
    offsets,
    focusing,
    decays,
    bias_metric,
    flags,
    tolerance,
    most,
    evaluations,
):
    """`minimize` B problems, x (B, size) in place.

    Arrays are those of `Terms` with a leading axis; ``decays`` (B, 3) are of W, U and b, ``flags``
    says squared, trains_classifier, bias and nonnegative of all. The evaluations each took are
    written into ``evaluations`` (B,).
    """
    squared, trains_classifier, bias, nonnegative = flags
    labels = np.arange(scales.shape[1])
    for i in range(x.shape[0]):
        terms = Terms(
            labels,
            scales[i],
            weights[i],
            multipliers[i],
            offsets[i],
            focusing[i],
            decays[i, 0],
            decays[i, 1],
            decays[i, 2],
            squared,
            trains_classifier,
            bias,
        )
        evaluations[i] = minimize(x[i], dim, terms, nonnegative, bias_metric[i], tolerance, most)
