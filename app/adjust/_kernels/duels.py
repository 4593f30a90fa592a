"""Votes of the 1vs1adjuster, at one gamma and from turn to turn of its duels, compiled.

The references are in `app.adjust.duels` and `app.adjust.duel_intervals`.
"""

import math

import numpy as np
from numba import njit

from app.adjust._kernels.options import KERNEL, PART, SWEEP


@njit(**KERNEL)
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


@njit(**SWEEP)
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


@njit(**PART)
def _turn(own, rival, before, after, log_ratio, log_norm_ratio, psi, start, end):
    """Gamma at which a duel turns, given that its leads before and after differ in sign."""
    if before == 0:
        return np.nextafter(start, math.inf)
    if after == 0:
        return end
    alpha = math.atan2((rival - own * math.cos(psi)) / math.sin(psi), own)
    share = (alpha if alpha > 0.0 else alpha + math.pi) / psi
    crossing = (math.log(share / (1.0 - share)) - log_norm_ratio) / log_ratio
    return min(max(crossing, start), end)


@njit(**PART)
def _fill_turns(row, contends, starts, ends, log_counts, log_norms, psi, start, end, turns):
    """Fill ``turns`` with the duels of contenders that turn; return how many there are.

    ``starts`` and ``ends`` are factors and transposed factors at both ends; ``turns`` holds the
    gamma of each turn, its two classes, and the votes that each of them gains.
    """
    at_start, start_against = starts
    at_end, end_against = ends
    when, sides, gains = turns
    found = 0
    for a in np.flatnonzero(contends):
        for c in range(row.size):
            if c == a or (c < a and contends[c]):
                continue
            before = row[a] * at_start[a, c] - row[c] * start_against[a, c]
            after = row[a] * at_end[a, c] - row[c] * end_against[a, c]
            if (before > 0) == (after > 0) and (before < 0) == (after < 0):
                continue
            log_ratio = log_counts[c] - log_counts[a]
            log_norm_ratio = log_norms[c] - log_norms[a]
            when[found] = _turn(
                row[a], row[c], before, after, log_ratio, log_norm_ratio, psi[a, c], start, end
            )
            sides[found, 0], sides[found, 1] = a, c
            gains[found, 0] = np.int64(after > 0) - np.int64(before > 0)
            gains[found, 1] = np.int64(after < 0) - np.int64(before < 0)
            found += 1
    return found


@njit(**PART)
def grown(array, size):
    """``array``, with twice the room once ``size`` has filled it."""
    if size < array.size:
        return array
    larger = np.empty(2 * array.size, array.dtype)
    larger[:size] = array[:size]
    return larger


@njit(**PART)
def _appended(segments, found, i, left, right, votes, contenders, most):
    """``segments``, of which ``found`` are filled, with one more."""
    rows, low, high, offsets, members = segments
    rows, low, high = grown(rows, found), grown(low, found), grown(high, found)
    offsets = grown(offsets, found + 1)
    rows[found], low[found], high[found] = i, left, right
    listed = offsets[found]
    for a in contenders:
        if votes[a] == most:
            members = grown(members, listed)
            members[listed] = a
            listed += 1
    offsets[found + 1] = listed
    return rows, low, high, offsets, members


@njit(**PART)
def _follow(i, y, votes, contenders, turns, num_turns, start, end, segments, found):
    """Follow the votes from turn to turn and append where class y has the most of them.

    Stretches side by side in which y is alone become one segment. ``votes`` are those at the
    start and are changed.
    """
    when, sides, gains = turns
    order = np.argsort(when[:num_turns])
    position, left, alone_until = 0, start, -math.inf
    while True:
        while position < num_turns and when[order[position]] <= left:
            e = order[position]
            votes[sides[e, 0]] += gains[e, 0]
            votes[sides[e, 1]] += gains[e, 1]
            position += 1
        right = end
        if position < num_turns:
            right = np.nextafter(when[order[position]], -math.inf)
        most, sharing = votes[y], 0
        for a in contenders:
            most = max(most, votes[a])
            sharing += votes[a] == votes[y]
        if votes[y] == most:
            if sharing == 1 and alone_until == left:
                segments[2][found - 1] = right
            else:
                segments = _appended(segments, found, i, left, right, votes, contenders, most)
                found += 1
            if sharing == 1:
                alone_until = np.nextafter(right, math.inf)
        if position >= num_turns:
            return segments, found
        left = when[order[position]]


@njit(**KERNEL)
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
    starts, ends = (at_start, start_against), (at_end, end_against)
    surely = np.empty(num_classes, np.int64)
    possibly = np.empty(num_classes, np.int64)
    votes = np.empty(num_classes, np.int64)
    pairs = num_classes * (num_classes - 1) // 2
    turns = (np.empty(pairs), np.empty((pairs, 2), np.int64), np.empty((pairs, 2), np.int64))
    room, found = 2 * num_rows + 16, 0
    segments = (
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room),
        np.zeros(room, np.int64),
        np.empty(2 * room, np.int64),
    )
    for i in range(num_rows):
        row, y = logits[i], labels[i]
        for a in range(num_classes):
            surely[a], possibly[a], votes[a] = _wins(
                row, row[a], at_start[a], start_against[a], at_end[a], end_against[a]
            )
        contends = possibly >= surely.max()
        if not contends[y]:
            continue
        num_turns = _fill_turns(
            row, contends, starts, ends, log_counts, log_norms, psi, start, end, turns
        )
        contenders = np.flatnonzero(contends)
        segments, found = _follow(
            i, y, votes, contenders, turns, num_turns, start, end, segments, found
        )
    rows, low, high, offsets, members = segments
    offsets = offsets[: found + 1]
    return rows[:found], low[:found], high[:found], offsets, members[: offsets[found]]
