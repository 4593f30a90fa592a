"""Ties of votes settled by margin, compiled; `app.adjust.duel_intervals` holds the reference."""

import math

import numpy as np
from numba import njit

from app.adjust._kernels.duels import grown
from app.adjust._kernels.options import KERNEL, PART


@njit(**PART)
def _margin_line(own, rival, log_ratio, log_norm_ratio, psi):
    """Duel margin as intercept and slope in gamma; see `app.adjust.duels.margin_lines`."""
    sine = math.sin(psi)
    if sine < 1e-9:
        return (math.inf if own > rival else -math.inf), 0.0
    alpha = math.atan2((rival - own * math.cos(psi)) / sine, own)
    if 0.0 < alpha < psi:
        share = alpha / psi
        return log_norm_ratio - math.log(share / (1.0 - share)), log_ratio
    if alpha < psi - math.pi:
        share = (alpha + math.pi) / psi
        return math.log(share / (1.0 - share)) - log_norm_ratio, -log_ratio
    return (math.inf if alpha <= 0.0 else -math.inf), 0.0


@njit(**PART)
def _best_worst(intercept, slope, gamma):
    """Index of the first row whose smallest margin is largest."""
    best, chosen = -math.inf, 0
    for a in range(len(intercept)):
        worst = (intercept[a] + gamma * slope[a]).min()
        if worst > best:
            best, chosen = worst, a
    return chosen


@njit(**PART)
def _margin_lines(z, tied, log_counts, log_norms, psi):
    """Margins of all duels among tied classes as lines in gamma, two (S, S) arrays."""
    intercept = np.full((tied.size, tied.size), math.inf)
    slope = np.zeros((tied.size, tied.size))
    for a in range(tied.size):
        for b in range(tied.size):
            i, j = tied[a], tied[b]
            if i != j:
                intercept[a, b], slope[a, b] = _margin_line(
                    z[i],
                    z[j],
                    log_counts[j] - log_counts[i],
                    log_norms[j] - log_norms[i],
                    psi[i, j],
                )
    return intercept, slope


@njit(**PART)
def _pieces(intercept, slope, low, high):
    """Where pieces of [low, high] begin, within which the order of the margins is the same."""
    starts, slopes = intercept.ravel(), slope.ravel()
    cuts = np.empty(starts.size * starts.size + 2)
    cuts[0], size = low, 1
    for a in range(starts.size):
        for b in range(a):
            if np.isfinite(starts[a]) and np.isfinite(starts[b]):
                cut = (starts[b] - starts[a]) / (slopes[a] - slopes[b])
                if low < cut < high:
                    cuts[size] = cut
                    size += 1
    return np.unique(cuts[:size])


@njit(**KERNEL)
def settle_margins(logits, labels, found, rank, log_counts, log_norms, psi):
    """Cut intervals with tied votes to where the label wins the tie by margin.

    Parameters
    ----------
    logits : (N, K) float64
        For unit class vectors.
    labels : (N,) int64
    found : tuple of arrays
        What `duel_segments` returns; intervals without a tie are left out.
    rank : (K,) float64
        Place of each class in order of counts, head first: equal margins go to the first.
    log_counts, log_norms : (K,) float64
    psi : (K, K) float64
        Angles between class vectors, radians.

    Returns
    -------
    rows, low, high : (M,) arrays
        Closed intervals.
    """
    row, low, high, offsets, members = found
    rows = np.empty(2 * row.size + 16, np.int64)
    lows, highs = np.empty(rows.size), np.empty(rows.size)
    kept = 0
    for m in range(row.size):
        tied = members[offsets[m] : offsets[m + 1]]
        if tied.size == 1:
            continue
        tied = tied[np.argsort(rank[tied])]
        intercept, slope = _margin_lines(logits[row[m]], tied, log_counts, log_norms, psi)
        starts = _pieces(intercept, slope, low[m], high[m])
        for p in range(starts.size):
            right = high[m] if p == starts.size - 1 else np.nextafter(starts[p + 1], -math.inf)
            middle = (starts[p] + right) / 2
            if tied[_best_worst(intercept, slope, middle)] == labels[row[m]]:
                rows, lows, highs = grown(rows, kept), grown(lows, kept), grown(highs, kept)
                rows[kept], lows[kept], highs[kept] = row[m], starts[p], right
                kept += 1
    return rows[:kept], lows[:kept], highs[:kept]
