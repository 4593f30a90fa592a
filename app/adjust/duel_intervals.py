"""Where the 1vs1adjuster predicts each sample correctly, exactly: intervals of gamma.

A duel turns at most once, at a known gamma (`app.adjust.duels`), and between two turns no vote
changes. Where votes tie, margins are lines in gamma, so the winner of the tie changes only where
two of them cross. Intervals are closed in floating point, as in `app.adjust.intervals`. Derived
here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adjust.compiled import compiled
from app.adjust.duels import Duels, count_votes, margin_lines
from app.adjust.intervals import Bounds, row_blocks
from app.adjust.pairwise import Ties, check_ties, tie_winners
from app.adjust.rules import FloatArray

IntArray = NDArray[np.int64]


def duel_intervals(
    logits: NDArray[np.floating],
    labels: IntArray,
    duels: Duels,
    bounds: Bounds,
    ties: Ties = "margin",
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the closed intervals of gamma on which each sample is predicted correctly.

    Unlike for an affine rule a sample can have several, because votes can run in circles.

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) int64 array
    duels : Duels
    bounds : (low, high)
    ties : {"margin", "head"}

    Returns
    -------
    sample, low, high : (M,) arrays
        Index of the sample, and its intervals in increasing order.
    """
    check_ties(ties)
    pieces = []
    run = compiled("duel_segments") or _duel_segments
    ends = (duels.factors(bounds[0]), duels.factors(bounds[1]))
    logs = (np.log(duels.counts), np.log(duels.feature_norms))
    for rows in row_blocks(len(labels), logits.shape[1]):
        z = duels.unit_logits(logits[rows])
        found = run(z, labels[rows], *ends, *logs, duels.psi, *bounds)
        row, low, high = _settle_ties(z, labels[rows], found, duels, ties)
        pieces.append((row + rows.start, low, high))
    row, low, high = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return _joined(row, low, high)


def _settle_ties(
    z: FloatArray, labels: IntArray, found: tuple[NDArray[Any], ...], duels: Duels, ties: Ties
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Keep of each interval with a tie the parts where the label wins it."""
    row, low, high, offsets, members = found
    alone = np.diff(offsets) == 1
    kernel = compiled("settle_margins") if ties == "margin" else None
    if kernel is not None:
        logs = (np.log(duels.counts), np.log(duels.feature_norms))
        rank = duels.head_rank.astype(np.float64)
        tied_parts = kernel(z, labels, found, rank, *logs, duels.psi)
        whole = (row[alone], low[alone], high[alone])
        row, low, high = (np.concatenate(pair) for pair in zip(whole, tied_parts, strict=True))
        return row, low, high
    won = []
    for m in np.flatnonzero(~alone):
        tied = members[offsets[m] : offsets[m + 1]]
        for left, right in _tie_pieces(z[row[m]], tied, duels, low[m], high[m], ties):
            middle = (left + right) / 2
            winner = tie_winners(z[row[m], None], tied[None], duels, middle, ties)
            if winner[0] == labels[row[m]]:
                won.append((row[m], left, right))
    kept = np.array(won, dtype=np.float64).reshape(-1, 3)
    return (
        np.concatenate([row[alone], kept[:, 0].astype(np.int64)]),
        np.concatenate([low[alone], kept[:, 1]]),
        np.concatenate([high[alone], kept[:, 2]]),
    )


def _tie_pieces(
    z: FloatArray, members: IntArray, duels: Duels, low: float, high: float, ties: Ties
) -> list[tuple[float, float]]:
    """Cut [low, high] where two margins of the tied classes are equal: one winner a piece."""
    cuts = np.empty(0)
    if ties == "margin":
        intercept, slope = (line.ravel() for line in margin_lines(z, duels, members))
        finite = np.isfinite(intercept)
        intercept, slope = intercept[finite], slope[finite]
        i, j = np.triu_indices(intercept.size, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            cuts = (intercept[j] - intercept[i]) / (slope[i] - slope[j])
        cuts = np.unique(cuts[(cuts > low) & (cuts < high)])
    lows = np.concatenate([[low], cuts])
    highs = np.concatenate([np.nextafter(cuts, -np.inf), [high]])
    return list(zip(lows.tolist(), highs.tolist(), strict=True))


def _joined(
    row: IntArray, low: FloatArray, high: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Sort by row and start, and join intervals that leave no float between them."""
    order = np.lexsort((low, row))
    row, low, high = row[order], low[order], high[order]
    first = np.ones(row.size, dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (low[1:] > np.nextafter(high[:-1], np.inf))
    last = np.append(first[1:], True)[: row.size]
    return row[first], low[first], high[last]


def _duel_segments(
    logits: FloatArray,
    labels: IntArray,
    at_start: FloatArray,
    at_end: FloatArray,
    log_counts: FloatArray,
    log_norms: FloatArray,
    psi: FloatArray,
    start: float,
    end: float,
) -> tuple[NDArray[Any], ...]:
    """Every duel's turn, and the votes counted in each segment between them.

    The compiled kernel normally runs; this is its definition and its fallback.
    """
    duels = Duels(np.exp(log_counts), np.exp(log_norms), psi, np.ones(log_counts.size))
    everyone = np.arange(log_counts.size)
    rows: list[int] = []
    lows: list[float] = []
    highs: list[float] = []
    offsets: list[int] = [0]
    members: list[int] = []
    for i, z in enumerate(logits):
        intercept, slope = margin_lines(z, duels, everyone)
        with np.errstate(divide="ignore", invalid="ignore"):
            turns = -intercept / slope
        turns = np.unique(turns[(turns > start) & (turns < end)])
        if (z[:, None] * at_start == z[None, :] * at_start.T).sum() > z.size:
            turns = np.union1d(turns, np.nextafter(start, np.inf))
        left = np.concatenate([[start], turns])
        right = np.concatenate([np.nextafter(turns, -np.inf), [end]])
        for a, b in zip(left, right, strict=True):
            middle = start if a == start else (a + b) / 2
            votes = count_votes(z[None, :], duels.factors(middle))[0]
            if votes[labels[i]] == votes.max():
                top = np.flatnonzero(votes == votes.max())
                rows.append(i)
                lows.append(a)
                highs.append(b)
                members.extend(top)
                offsets.append(len(members))
    return tuple(
        np.array(values, dtype=kind)
        for values, kind in (
            (rows, np.int64),
            (lows, float),
            (highs, float),
            (offsets, np.int64),
            (members, np.int64),
        )
    )
