"""Compiled inner loops of the exact paths; `intervals.py` and `pairwise.py` hold the references.

All are serial and release the GIL: parallelism belongs to whoever calls them. They take and
return plain arrays, never raise, and are cached on disk after their first compilation.
"""

import math

import numpy as np
from numba import njit

# Sums and products may be re-ordered, and there are no NaN: what SIMD needs. Infinities stay.
_FASTMATH = {"contract", "nsz", "reassoc", "nnan", "arcp"}
_BLOCK = 128
_NEVER = (math.inf, -math.inf)


@njit(fastmath=_FASTMATH, error_model="numpy", inline="never", nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _block_extremes(slopes):
    """Smallest and largest slope of each block of classes."""
    blocks = (slopes.size + _BLOCK - 1) // _BLOCK
    smallest, largest = np.empty(blocks), np.empty(blocks)
    for b in range(blocks):
        block = slopes[b * _BLOCK : (b + 1) * _BLOCK]
        smallest[b], largest[b] = block.min(), block.max()
    return smallest, largest


@njit(error_model="numpy", nogil=True, cache=True)
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


@njit(error_model="numpy", nogil=True, cache=True)
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


@njit(error_model="numpy", nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def running_minimum(units, steps, start):
    """Smallest entry of ``start`` after each event adds ``steps[e]`` to entry ``units[e]``."""
    values = start.copy()
    smallest = np.empty(units.size, start.dtype)
    lowest = values.min()
    for e in range(units.size):
        u = units[e]
        before = values[u]
        values[u] += steps[e]
        if values[u] <= lowest:
            lowest = values[u]
        elif before <= lowest:
            lowest = values.min()
        smallest[e] = lowest
    return smallest


@njit(nogil=True, cache=True)
def count_votes(logits, factors, votes):
    """Fill ``votes`` (N, K) with how many classes each class beats.

    ``logits`` (N, K) float64 for unit class vectors, ``factors`` (K, K): class a beats class c
    where ``z_a factors_ac > z_c factors_ca``.
    """
    num_rows, num_classes = logits.shape
    against = np.ascontiguousarray(factors.T)
    for i in range(num_rows):
        row = logits[i]
        for a in range(num_classes):
            won = 0
            for c in range(num_classes):
                won += row[a] * factors[a, c] > row[c] * against[a, c]
            votes[i, a] = won


@njit(fastmath=_FASTMATH, error_model="numpy", inline="never", nogil=True, cache=True)
def _wins(row, own, at_start, start_against, at_end, end_against):
    """Count duels a class with logit ``own`` wins at both ends, at either, and at the start."""
    both, either, first = 0, 0, 0
    for c in range(row.size):
        before = own * at_start[c] > row[c] * start_against[c]
        after = own * at_end[c] > row[c] * end_against[c]
        both += before & after
        either += before | after
        first += before
    return both, either, first


@njit(error_model="numpy", nogil=True, cache=True)
def _duel_crossing(z_a, z_c, log_ratio, log_norm_ratio, psi):
    """Gamma at which the duel of two classes turns, given that it does turn."""
    alpha = math.atan2((z_c - z_a * math.cos(psi)) / math.sin(psi), z_a)
    share = (alpha if alpha > 0.0 else alpha + math.pi) / psi
    return (math.log(share / (1.0 - share)) - log_norm_ratio) / log_ratio


@njit(nogil=True, cache=True)
def _grown(array, size):
    """``array``, with twice the room once ``size`` has filled it."""
    if size < array.size:
        return array
    larger = np.empty(2 * array.size, array.dtype)
    larger[:size] = array[:size]
    return larger


@njit(error_model="numpy", nogil=True, cache=True)
def duel_segments(logits, labels, at_start, at_end, log_counts, log_norms, psi, start, end):
    """Find where each label has the most votes, from the events at which duels turn.

    A duel turns at most once, so comparing both ends finds the duels that turn. A class that
    cannot reach the votes another has at both ends is never a winner; only duels of the remaining
    contenders are followed. Between two events nothing changes.

    Parameters
    ----------
    logits : (N, K) float64
        For unit class vectors.
    labels : (N,) int64
    at_start, at_end : (K, K) float64
        Duel factors at both ends of the parameter range.
    log_counts, log_norms : (K,) float64
        Logarithms of training counts and of class-mean feature norms.
    psi : (K, K) float64
        Angles between class vectors, radians.
    start, end : float
        Parameter range.

    Returns
    -------
    rows, low, high : (M,) arrays
        Closed intervals on which the row's label has the most votes, alone or tied.
    offsets, members : (M + 1,), (T,) int64 arrays
        Who shares the most votes in interval m: ``members[offsets[m]:offsets[m + 1]]``.
    """
    num_rows, num_classes = logits.shape
    start_against, end_against = at_start.T.copy(), at_end.T.copy()
    rows = np.empty(2 * num_rows + 16, np.int64)
    low, high = np.empty(rows.size), np.empty(rows.size)
    offsets = np.zeros(rows.size, np.int64)
    members = np.empty(2 * rows.size, np.int64)
    found, listed = 0, 0
    surely = np.empty(num_classes, np.int64)
    possibly = np.empty(num_classes, np.int64)
    votes = np.empty(num_classes, np.int64)
    when = np.empty(64)
    winner = np.empty(64, np.int64)
    loser = np.empty(64, np.int64)
    won = np.empty(64, np.int64)
    lost = np.empty(64, np.int64)
    for i in range(num_rows):
        row, y = logits[i], labels[i]
        for a in range(num_classes):
            surely[a], possibly[a], votes[a] = _wins(
                row, row[a], at_start[a], start_against[a], at_end[a], end_against[a]
            )
        needed = surely.max()
        if possibly[y] < needed:
            continue
        contenders = np.flatnonzero(possibly >= needed)
        events = 0
        for a in contenders:
            for c in range(num_classes):
                if c == a or (c < a and possibly[c] >= needed):
                    continue
                before = row[a] * at_start[a, c] - row[c] * start_against[a, c]
                after = row[a] * at_end[a, c] - row[c] * end_against[a, c]
                if (before > 0) == (after > 0) and (before < 0) == (after < 0):
                    continue
                if before == 0:
                    crossing = np.nextafter(start, math.inf)
                elif after == 0:
                    crossing = end
                else:
                    crossing = _duel_crossing(
                        row[a],
                        row[c],
                        log_counts[c] - log_counts[a],
                        log_norms[c] - log_norms[a],
                        psi[a, c],
                    )
                when, winner, loser = (
                    _grown(when, events),
                    _grown(winner, events),
                    _grown(loser, events),
                )
                won, lost = _grown(won, events), _grown(lost, events)
                when[events] = min(max(crossing, start), end)
                winner[events], loser[events] = a, c
                won[events] = np.int64(after > 0) - np.int64(before > 0)
                lost[events] = np.int64(after < 0) - np.int64(before < 0)
                events += 1
        order = np.argsort(when[:events])
        position, left, alone_until = 0, start, -math.inf
        while True:
            while position < events and when[order[position]] <= left:
                e = order[position]
                votes[winner[e]] += won[e]
                votes[loser[e]] += lost[e]
                position += 1
            right = end
            if position < events:
                right = np.nextafter(when[order[position]], -math.inf)
            most, sharing = votes[y], 0
            for a in contenders:
                most = max(most, votes[a])
                sharing += votes[a] == votes[y]
            if votes[y] == most and sharing == 1 and alone_until == left:
                high[found - 1], alone_until = right, np.nextafter(right, math.inf)
            elif votes[y] == most:
                rows, offsets = _grown(rows, found), _grown(offsets, found + 1)
                low, high = _grown(low, found), _grown(high, found)
                rows[found], low[found], high[found] = i, left, right
                for a in contenders:
                    if votes[a] == most:
                        members = _grown(members, listed)
                        members[listed] = a
                        listed += 1
                found += 1
                offsets[found] = listed
                if sharing == 1:
                    alone_until = np.nextafter(right, math.inf)
            if position >= events:
                break
            left = when[order[position]]
    return rows[:found], low[:found], high[:found], offsets[: found + 1], members[:listed]


@njit(error_model="numpy", nogil=True, cache=True)
def _margin_line(own, rival, log_ratio, log_norm_ratio, psi):
    """Duel margin as intercept and slope in gamma; see `pairwise.margin_lines`."""
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


@njit(nogil=True, cache=True)
def _best_worst(intercept, slope, gamma):
    """Index of the first row whose smallest margin is largest."""
    best, chosen = -math.inf, 0
    for a in range(len(intercept)):
        worst = (intercept[a] + gamma * slope[a]).min()
        if worst > best:
            best, chosen = worst, a
    return chosen


@njit(error_model="numpy", nogil=True, cache=True)
def settle_margins(logits, labels, found, counts, log_counts, log_norms, psi):
    """Cut intervals with tied votes to where the label wins the tie by margin.

    ``found`` is what `duel_segments` returns; intervals without a tie are left out. The reference
    is `pairwise._settle_ties`.
    """
    row, low, high, offsets, members = found
    rows = np.empty(2 * row.size + 16, np.int64)
    lows, highs = np.empty(rows.size), np.empty(rows.size)
    kept = 0
    for m in range(row.size):
        tied = members[offsets[m] : offsets[m + 1]]
        if tied.size == 1:
            continue
        tied = np.sort(tied)
        tied = tied[np.argsort(-counts[tied], kind="mergesort")]
        z = logits[row[m]]
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
        starts, flat_slope = intercept.ravel(), slope.ravel()
        cuts = np.empty(starts.size * starts.size + 2)
        cuts[0], size = low[m], 1
        for a in range(starts.size):
            for b in range(a):
                if np.isfinite(starts[a]) and np.isfinite(starts[b]):
                    cut = (starts[b] - starts[a]) / (flat_slope[a] - flat_slope[b])
                    if low[m] < cut < high[m]:
                        cuts[size] = cut
                        size += 1
        cuts = np.unique(cuts[:size])
        for c in range(cuts.size):
            right = high[m] if c == cuts.size - 1 else np.nextafter(cuts[c + 1], -math.inf)
            middle = (cuts[c] + right) / 2
            if tied[_best_worst(intercept, slope, middle)] == labels[row[m]]:
                rows, lows, highs = _grown(rows, kept), _grown(lows, kept), _grown(highs, kept)
                rows[kept], lows[kept], highs[kept] = row[m], cuts[c], right
                kept += 1
    return rows[:kept], lows[:kept], highs[:kept]
