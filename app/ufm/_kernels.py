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
_LOWEST = -708.0
# Rows of features worth taking at a time: their logits and features stay in the first cache.
ROWS = 32


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


@njit(fastmath={"contract", "nsz"}, error_model="numpy", nogil=True, cache=True, inline="always")
def exp_below_one(x):
    """exp(x) for x <= 0 to 1 ulp of float64, 0 below -708, NaN for NaN.

    Unlike `math.exp` it is no call, so that loops over it are vectorised. ``x = k log 2 + r`` with
    log 2 in two parts; Taylor's series in r, at most log(2) / 2, to the 13th power.
    """
    x = np.float64(x)
    y = _LOWEST if x < _LOWEST else x
    k = math.floor(y * 1.4426950408889634 + 0.5)
    r = (y - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 1.984126984126984e-04
    p = p * r + 1.388888888888889e-03
    p = p * r + 8.333333333333333e-03
    p = p * r + 4.1666666666666664e-02
    p = p * r + 1.6666666666666666e-01
    p = (p * r + 0.5) * r * r + r + 1.0
    power = np.int64((np.int64(k) + 1023) << 52).view(np.float64)
    return 0.0 if x < _LOWEST else p * power


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def fill_gradient(x, gradient, z, dim, terms):
    """Return the objective at x and write its gradient.

    ``problem.value_and_gradient`` says what is computed. Rows of features are taken several at a
    time, as many as have room for their logits in z.

    Parameters
    ----------
    x, gradient : (P,)
    z : (m K,)
        Room to work in, m at least 1; more than `ROWS` is not faster.
    dim : int
    terms : Terms
    """
    num_classes, num_rows = terms.multipliers.shape[0], terms.labels.size
    split = num_classes * dim
    end = split + num_rows * dim
    W, gradient_W = x[:split].reshape(-1, dim), gradient[:split].reshape(-1, dim)
    U, gradient_U = x[split:end].reshape(-1, dim), gradient[split:end].reshape(-1, dim)
    b, gradient_b = x[end:], gradient[end:]
    Z = z.reshape(-1, num_classes)
    value = _decay(x[:split], gradient[:split], terms.weight_decay)
    value += _decay(b, gradient_b, terms.bias_decay)
    for start in range(0, num_rows, Z.shape[0]):
        stop = min(num_rows, start + Z.shape[0])
        first, last = split + start * dim, split + stop * dim
        value += _decay(x[first:last], gradient[first:last], terms.feature_decay)
        _products(U[start:stop], W, Z)
        labels, scales = terms.labels[start:stop], terms.scales[start:stop]
        weights = terms.weights[start:stop]
        value += _losses(Z, b, gradient_b, labels, scales, weights, terms)
        _combine(gradient_U[start:stop], Z, W)
        if terms.trains_classifier:
            _combine(gradient_W, Z.T, U[start:stop])
    if not terms.trains_classifier:
        gradient_W[:] = x.dtype.type(0.0)
    if not terms.bias:
        gradient_b[:] = x.dtype.type(0.0)
    return value


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _decay(x, gradient, decay):
    """Return ``decay / 2 * ||x||^2`` and write its gradient."""
    factor, squares = x.dtype.type(decay), x.dtype.type(0.0)
    for t in range(x.size):
        squares += x[t] * x[t]
        gradient[t] = factor * x[t]
    return 0.5 * decay * squares


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _products(U, W, Z):
    """Write ``U W^T`` into the first rows of Z, four at a time: W is read a quarter as often."""
    zero = U.dtype.type(0.0)
    fours = U.shape[0] // 4 * 4
    for r in range(0, fours, 4):
        for j in range(W.shape[0]):
            s0 = s1 = s2 = s3 = zero
            for t in range(U.shape[1]):
                s0 += U[r, t] * W[j, t]
                s1 += U[r + 1, t] * W[j, t]
                s2 += U[r + 2, t] * W[j, t]
                s3 += U[r + 3, t] * W[j, t]
            Z[r, j], Z[r + 1, j], Z[r + 2, j], Z[r + 3, j] = s0, s1, s2, s3
    for r in range(fours, U.shape[0]):
        for j in range(W.shape[0]):
            s0 = zero
            for t in range(U.shape[1]):
                s0 += U[r, t] * W[j, t]
            Z[r, j] = s0


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _combine(C, S, X):
    """Add ``S X`` to C, four rows of X at a time: C is read and written a quarter as often."""
    fours = X.shape[0] // 4 * 4
    for i in range(C.shape[0]):
        for j in range(0, fours, 4):
            s0, s1, s2, s3 = S[i, j], S[i, j + 1], S[i, j + 2], S[i, j + 3]
            for t in range(C.shape[1]):
                C[i, t] += (s0 * X[j, t] + s1 * X[j + 1, t]) + (s2 * X[j + 2, t] + s3 * X[j + 3, t])
        for j in range(fours, X.shape[0]):
            s0 = S[i, j]
            for t in range(C.shape[1]):
                C[i, t] += s0 * X[j, t]


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _losses(Z, b, gradient_b, labels, scales, weights, terms):
    """Return the weighted losses of some rows, given ``U W^T`` in the first rows of Z.

    Adds to the gradient in b, and leaves in Z the gradient in ``U W^T``.
    """
    for i in range(labels.size):
        for j in range(b.size):
            Z[i, j] = Z[i, j] * scales[i] + b[j]
    if terms.squared:
        value = _squared(Z, labels, weights)
    else:
        value = _softmax(Z, labels, weights, terms.multipliers, terms.offsets, terms.focusing)
    for i in range(labels.size):
        for j in range(b.size):
            gradient_b[j] += Z[i, j]
            Z[i, j] *= scales[i]
    return value


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _squared(Z, labels, weights):
    """Return half the weighted squared distances to one-hot labels; Z becomes the gradient."""
    value = 0.0
    for i in range(labels.size):
        Z[i, labels[i]] -= Z.dtype.type(1.0)
        squares = Z.dtype.type(0.0)
        for j in range(Z.shape[1]):
            squares += Z[i, j] * Z[i, j]
            Z[i, j] *= weights[i]
        value += 0.5 * weights[i] * squares
    return value


@njit(fastmath=FASTMATH, error_model="numpy", nogil=True, cache=True)
def _softmax(Z, labels, weights, A, offsets, focusing):
    """Return the weighted cross-entropies (or focal losses); Z becomes the gradient."""
    zero, one = Z.dtype.type(0.0), Z.dtype.type(1.0)
    value = 0.0
    for i in range(labels.size):
        y = labels[i]
        own = A[y, y] * Z[i, y] + offsets[y, y]
        above = False  # Unlike a maximum this is vectorised, and once trained it is mostly enough.
        for j in range(Z.shape[1]):
            Z[i, j] = A[y, j] * Z[i, j] + offsets[y, j] - own
            above |= (Z[i, j] > zero) and (j != y)
        Z[i, y] = zero  # Not a rounding error, beside which a small loss would be lost.
        top = zero
        if above:
            for j in range(Z.shape[1]):
                top = max(top, Z[i, j])
        others = zero
        for j in range(Z.shape[1]):
            Z[i, j] = exp_below_one(Z[i, j] - top)
            others += Z[i, j] if j != y else zero
        mine = Z[i, y]
        total = mine + others
        loss = top + math.log(total) if above else math.log1p(others)
        factor = weights[i] / total
        if focusing > 0.0:
            wrong = others / total
            ratio = loss / wrong if wrong > zero else one
            power = Z.dtype.type(wrong**focusing)
            loss *= power
            factor *= power * Z.dtype.type(1.0 + focusing * (mine / total) * ratio)
        value += weights[i] * loss
        Z[i, y] = -others
        for j in range(Z.shape[1]):
            Z[i, j] *= A[y, j] * factor
    return value
