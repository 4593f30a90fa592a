# mypy: ignore-errors
"""Compiled objective of an unconstrained-features model; `problem.py` holds the reference.

All is serial and releases the GIL: parallelism belongs to whoever calls. Arrays are of one dtype,
float64 or float32. Parameters lie in one vector ``x = [W (K, d) | U (R, d) | b (K)]``, row by row.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

# Sums may be re-ordered, which SIMD needs. NaN and infinities stay: they say that it diverged.
FASTMATH = {"contract", "nsz", "reassoc", "arcp"}


class Terms(NamedTuple):
    """A `Problem` as kernels take it; arrays are C-contiguous and of the parameters' dtype.

    Attributes
    ----------
    labels : (R,) int64
    scales : (R,)
        1 / sqrt(copies).
    weights : (R,)
    multipliers, offsets : (K, K)
        Indexed [label k, logit j]: transposed, so that a row of them belongs to a sample.
    focusing, weight_decay, feature_decay, bias_decay : float
    squared, trains_classifier, bias : bool
    """

    labels: np.ndarray
    scales: np.ndarray
    weights: np.ndarray
    multipliers: np.ndarray
    offsets: np.ndarray
    focusing: float
    weight_decay: float
    feature_decay: float
    bias_decay: float
    squared: bool
    trains_classifier: bool
    bias: bool


def terms_of(problem, dtype=np.float64) -> Terms:
    """Return a `Problem` as the kernels take it."""
    return Terms(
        labels=problem.labels,
        scales=(1.0 / np.sqrt(problem.copies)).astype(dtype),
        weights=problem.weights.astype(dtype),
        multipliers=np.ascontiguousarray(problem.multipliers.T, dtype=dtype),
        offsets=np.ascontiguousarray(problem.offsets.T, dtype=dtype),
        focusing=float(problem.focusing),
        weight_decay=float(problem.weight_decay),
        feature_decay=float(problem.feature_decay),
        bias_decay=float(problem.bias_decay),
        squared=bool(problem.squared),
        trains_classifier=problem.fixed_classifier is None,
        bias=bool(problem.bias),
    )


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def row_loss(z, label, multipliers, offsets, focusing, squared):
    """Return the loss of the logits z (K,) and replace them by its gradient."""
    zero = z.dtype.type(0.0)
    if squared:
        z[label] -= z.dtype.type(1.0)
        loss = zero
        for j in range(z.size):
            loss += z[j] * z[j]
        return z.dtype.type(0.5) * loss
    own = multipliers[label] * z[label] + offsets[label]
    top = zero
    for j in range(z.size):
        z[j] = multipliers[j] * z[j] + offsets[j] - own
        # Not max(): a NaN must reach the loss.
        if not z[j] <= top:
            top = z[j]
    z[label] = -np.inf
    others = zero
    for j in range(z.size):
        z[j] = math.exp(z[j] - top)
        others += z[j]
    mine = math.exp(-top)
    total = mine + others
    loss = top + math.log(total) if top > zero else math.log1p(others)
    wrong = others / total
    factor = z.dtype.type(1.0)
    if focusing > 0.0:
        ratio = loss / wrong if wrong > zero else factor
        power = z.dtype.type(wrong**focusing)
        factor = power * z.dtype.type(1.0 + focusing * (mine / total) * ratio)
        loss *= power
    inverse = factor / total
    z[label] = -others
    for j in range(z.size):
        z[j] *= multipliers[j] * inverse
    return loss


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def fill_gradient(x, gradient, z, dim, terms):
    """Return the objective at x and write its gradient; z (K,) is room to work in.

    ``problem.value_and_gradient`` says what is computed.
    """
    dtype = x.dtype.type
    num_classes, num_rows = z.size, terms.labels.size
    split = num_classes * dim
    end = split + num_rows * dim
    decay = dtype(terms.weight_decay)
    squares = dtype(0.0)
    for t in range(split):
        squares += x[t] * x[t]
        gradient[t] = decay * x[t]
    value = 0.5 * terms.weight_decay * squares
    bias, gradient_b = x[end:], gradient[end:]
    decay = dtype(terms.bias_decay)
    for j in range(num_classes):
        gradient_b[j] = decay * bias[j]
        value += 0.5 * terms.bias_decay * bias[j] * bias[j]
    decay = dtype(terms.feature_decay)
    squares = dtype(0.0)
    for r in range(num_rows):
        u = x[split + r * dim : split + (r + 1) * dim]
        gradient_u = gradient[split + r * dim : split + (r + 1) * dim]
        for t in range(dim):
            squares += u[t] * u[t]
            gradient_u[t] = decay * u[t]
        scale = terms.scales[r]
        for j in range(num_classes):
            w = x[j * dim : (j + 1) * dim]
            dot = dtype(0.0)
            for t in range(dim):
                dot += w[t] * u[t]
            z[j] = dot * scale + bias[j]
        label = terms.labels[r]
        loss = row_loss(
            z,
            label,
            terms.multipliers[label],
            terms.offsets[label],
            terms.focusing,
            terms.squared,
        )
        value += terms.weights[r] * loss
        for j in range(num_classes):
            slope = terms.weights[r] * z[j]
            gradient_b[j] += slope
            slope *= scale
            w = x[j * dim : (j + 1) * dim]
            gradient_w = gradient[j * dim : (j + 1) * dim]
            for t in range(dim):
                gradient_w[t] += slope * u[t]
                gradient_u[t] += slope * w[t]
    if not terms.trains_classifier:
        gradient[:split] = dtype(0.0)
    if not terms.bias:
        gradient_b[:] = dtype(0.0)
    return value + 0.5 * terms.feature_decay * squares
