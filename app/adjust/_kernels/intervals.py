"""The interval of an affine rule's parameter on which each row is predicted correctly, compiled.

The reference is `app.adjust.intervals.affine_intervals`.
"""

import math

import numpy as np
from numba import njit

from app.adjust._kernels.options import KERNEL, PART, SWEEP

_BLOCK = 128
_NEVER = (math.inf, -math.inf)


@njit(**SWEEP)
def _any_above(logits, i, table, t, begin, stop, limit, additive):
    """Whether the score of any class from ``begin`` to ``stop`` exceeds ``limit``."""
    row, table = logits[i, begin:stop], table[t, begin:stop]
    above = False  # A boolean reduction stays in narrow SIMD lanes: twice as fast as a count.
    if additive:
        for j in range(row.size):
            above |= row[j] + table[j] > limit
    else:
        for j in range(row.size):
            above |= row[j] * table[j] > limit
    return above


@njit(**PART)
def _block_extremes(slopes):
    """Smallest and largest slope of each block of classes."""
    blocks = (slopes.size + _BLOCK - 1) // _BLOCK
    smallest, largest = np.empty(blocks), np.empty(blocks)
    for b in range(blocks):
        block = slopes[b * _BLOCK : (b + 1) * _BLOCK]
        smallest[b], largest[b] = block.min(), block.max()
    return smallest, largest


@njit(**PART)
def _set_limits(limits, z, at_low, at_high, additive, epsilon, reach):
    """Set what counts as near or surely above; say whether scores are too small for a slack."""
    if additive:
        score_low, score_high = z + at_low, z + at_high
        size_low = size_high = abs(z) + reach
    else:
        score_low, score_high = z * at_low, z * at_high
        size_low, size_high = abs(score_low), abs(score_high)
    slack_low, slack_high = epsilon * size_low, epsilon * size_high
    limits[0] = score_low - slack_low
    limits[1] = score_high - slack_high
    limits[2] = score_low + slack_low
    limits[3] = score_high + slack_high
    return min(size_low, size_high) < 1e-30


@njit(**PART)
def _tighten(x, z, log_z, slope, favoured, additive, low, high):
    """Cut [low, high] to where a label with logit z beats one competitor with logit x.

    ``log_z`` is log2|z|, ``slope`` the competitor's slope minus the label's; ``favoured`` says
    that a tie goes to the label. Empty is low > high.
    """
    if not additive and (x <= 0.0 or z <= 0.0) and not (x < 0.0 and z < 0.0):
        wins = z > x or (z == x and favoured)
        return (low, high) if wins else _NEVER
    if slope == 0.0:
        return (low, high) if z > x or (z == x and favoured) else _NEVER
    crossing = (x - z) / slope if additive else (math.log2(abs(x)) - log_z) / slope
    if (slope > 0.0) == (additive or z > 0.0):
        return max(low, crossing if favoured else np.nextafter(crossing, math.inf)), high
    return low, min(high, crossing if favoured else np.nextafter(crossing, -math.inf))


@njit(**KERNEL)
def affine_intervals(logits, labels, slopes, table, additive, start, end, low, high):
    """Fill ``low`` and ``high`` with the parameters at which each row is predicted correctly.

    Scores cross at most once, so a competitor of larger slope matters only if it is above the
    label at the low end of the interval found so far, one of smaller slope only if it is at the
    high end (the other way round for negative logits). A SIMD sweep finds the few that do; each
    is treated exactly, in float64, and tightens the ends. Scores at the ends come from ``table``,
    so that no power or logarithm is taken of every logit. Classes sorted by count need one
    comparison each, unsorted ones two.

    Parameters
    ----------
    logits : (N, K) float32 or float64, C-contiguous
    labels : (N,) int64
    slopes : (K,) float64
        log2 counts (MLA), log counts (ALA) or log2 norms.
    table : (T + 1, K) of the logits' dtype
        Factors (or, if ``additive``, offsets) at T + 1 evenly spaced parameters.
    start, end : float
        First and last of these parameters.
    low, high : (N,) float64, written
        Closed interval in floating point; inf, -inf if empty.
    """
    num_rows, num_classes = logits.shape
    last = table.shape[0] - 1
    step = (end - start) / last
    # Slack for rounding in the sweep: what falls inside it is decided exactly.
    epsilon = 4.0 * (1.1920929e-07 if logits.itemsize == 4 else 2.220446049250313e-16)
    reach = max(np.abs(table[0]).max(), np.abs(table[last]).max())
    limits = np.empty(4, logits.dtype)
    smallest, largest = _block_extremes(slopes)
    for i in range(num_rows):
        row = logits[i]
        y = labels[i]
        z = np.float64(row[y])
        upright = additive or z > 0.0
        log_z = math.log2(abs(z)) if z != 0.0 else 0.0
        left, right = start, end
        t_low, t_high = 0, last
        exact = _set_limits(limits, z, table[0, y], table[last, y], additive, epsilon, reach)
        for b in range(smallest.size):
            begin, stop = b * _BLOCK, min(num_classes, (b + 1) * _BLOCK)
            near = exact
            if not near and (largest[b] >= slopes[y] if upright else smallest[b] <= slopes[y]):
                near = _any_above(logits, i, table, t_low, begin, stop, limits[0], additive)
            if not near and (smallest[b] < slopes[y] if upright else largest[b] > slopes[y]):
                near = _any_above(logits, i, table, t_high, begin, stop, limits[1], additive)
            if not near:
                continue
            for j in range(begin, stop):
                if additive:
                    at_low, at_high = row[j] + table[t_low, j], row[j] + table[t_high, j]
                else:
                    at_low, at_high = row[j] * table[t_low, j], row[j] * table[t_high, j]
                if j == y or not (exact or at_low > limits[0] or at_high > limits[1]):
                    continue
                if not exact and at_low > limits[2] and at_high > limits[3]:
                    left, right = _NEVER
                    break
                slope = slopes[j] - slopes[y]
                left, right = _tighten(
                    np.float64(row[j]), z, log_z, slope, y < j, additive, left, right
                )
                if left > right:
                    break
            if left > right:
                left, right = _NEVER
                break
            cut_low = min(last, int((left - start) / step))
            cut_high = min(last, int((right - start) / step) + 1)
            if cut_low > t_low or cut_high < t_high:
                t_low, t_high = max(t_low, cut_low), min(t_high, cut_high)
                exact = _set_limits(
                    limits, z, table[t_low, y], table[t_high, y], additive, epsilon, reach
                )
        low[i], high[i] = left, right
