"""The 1vs1adjuster: every pair of classes holds a duel, the class with the most wins is predicted.

Hasegawa & Sato, ICLR 2025 (arXiv 2409.17582), Algorithm 1. Seen in the plane of two class vectors,
the feature points at angle alpha from class i towards class j, and i wins where alpha is less than
the boundary angle theta_ij. In log odds of angles the boundary moves at a constant rate: inside
the wedge between the vectors, i wins while

    gamma log(n_j / n_i) + log(m_j / m_i) > logit(alpha / psi_ij),

so that a duel turns at most once as gamma grows. The difference of the two sides is the duel's
margin. Votes can tie, most often in a cycle of three classes; then either the tied class whose
worst margin among the tied is best wins (minimax), or the one with most training samples does, as
argmax decides in the authors' code.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.compiled import compiled
from app.adjust.intervals import Bounds, row_blocks
from app.adjust.rules import FloatArray, positive_counts
from app.errors import UserError
from app.theory import etf_angle, pair_angles, pair_factors, weight_angles
from app.theory.pairwise import NO_PLANE

Ties = Literal["margin", "head"]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Duels:
    """What the duels between K classes depend on besides the logits.

    Attributes
    ----------
    counts : (K,) array
        Training samples of each class.
    feature_norms : (K,) array
        Norm of each class's mean training feature; ones if unknown.
    psi : (K, K) array
        Angle between class vectors, radians; that of the simplex ETF if no weights are given.
    scale : (K,) array
        Norms of the class vectors, by which logits are divided first.
    """

    counts: FloatArray
    feature_norms: FloatArray
    psi: FloatArray
    scale: FloatArray

    @classmethod
    def of(
        cls,
        class_counts: ArrayLike,
        feature_norms: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> "Duels":
        """Check and complete: unit norms unless given, an ETF unless weights (K, d) are given.

        Raises
        ------
        UserError
            If a count or norm is not positive, a weight row is zero or lengths differ.
        """
        counts = positive_counts(class_counts)
        norms = np.ones(counts.size) if feature_norms is None else np.asarray(feature_norms, float)
        if norms.shape != counts.shape or not (np.isfinite(norms) & (norms > 0)).all():
            raise UserError(f"feature_norms must be {counts.size} positive numbers.")
        if weights is None:
            psi = np.full((counts.size, counts.size), etf_angle(counts.size))
            return cls(counts, norms, psi, np.ones(counts.size))
        rows = np.asarray(weights, dtype=np.float64)
        if rows.ndim != 2 or len(rows) != counts.size:
            raise UserError(
                f"weights must have one row for each of {counts.size} classes, "
                f"got an array of shape {rows.shape}."
            )
        return cls(counts, norms, weight_angles(rows), np.linalg.norm(rows, axis=1))

    def factors(self, gamma: float) -> FloatArray:
        """Factors (K, K): class i wins against j where ``z_i factors_ij > z_j factors_ji``."""
        return pair_factors(pair_angles(self.counts, gamma, self.psi, self.feature_norms), self.psi)

    def unit_logits(self, logits: ArrayLike) -> FloatArray:
        """Logits for class vectors of length 1, (N, K) float64."""
        return np.ascontiguousarray(np.asarray(logits, dtype=np.float64) / self.scale)


def count_votes(logits: FloatArray, factors: FloatArray) -> IntArray:
    """Return how many duels each class wins, (N, K); a draw is a win for neither.

    Parameters
    ----------
    logits : (N, K) float64 array
        For unit class vectors, `Duels.unit_logits`.
    factors : (K, K) array
        `Duels.factors` at one gamma.
    """
    kernel = compiled("count_votes")
    if kernel is None:
        return np.concatenate(
            [
                (block[:, :, None] * factors > block[:, None, :] * factors.T).sum(axis=2)
                for block in (logits[rows] for rows in row_blocks(len(logits), factors.size))
            ]
        )
    votes = np.empty(logits.shape, dtype=np.int64)
    kernel(logits, factors, votes)
    return votes


def duel_scores(logits: ArrayLike, duels: Duels, gamma: float, ties: Ties) -> FloatArray:
    """Return votes, with half a vote more for the winner of a tied row, (N, K).

    Their argmax is the prediction of the 1vs1adjuster.
    """
    _check_ties(ties)
    z = duels.unit_logits(logits)
    votes = count_votes(z, duels.factors(gamma))
    scores = votes.astype(np.float64)
    top = votes == votes.max(axis=1, keepdims=True)
    tied = top.sum(axis=1)
    for size in np.unique(tied[tied > 1]).tolist():
        rows = np.flatnonzero(tied == size)
        members = np.nonzero(top[rows])[1].reshape(-1, size)
        scores[rows, _tie_winners(z[rows], members, duels, gamma, ties)] += 0.5
    return scores


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
    _check_ties(ties)
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


def margin_lines(z: FloatArray, duels: Duels, members: IntArray) -> tuple[FloatArray, FloatArray]:
    """Duel margins of some classes as ``intercept + gamma * slope``, two (..., S, S) arrays.

    Positive where the row class beats the column class. A duel that no gamma can turn has an
    infinite intercept and slope 0, as has the diagonal.

    Parameters
    ----------
    z : (..., K) array
        Logits of unit class vectors.
    duels : Duels
    members : (..., S) int array
        The classes, for each row of logits.
    """
    across, down = members[..., :, None], members[..., None, :]
    values = np.take_along_axis(z, members, axis=-1)
    psi, own, rival = duels.psi[across, down], values[..., :, None], values[..., None, :]
    log_counts, log_norms = np.log(duels.counts), np.log(duels.feature_norms)
    log_ratio = log_counts[down] - log_counts[across]
    log_norm_ratio = log_norms[down] - log_norms[across]
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = np.arctan2((rival - own * np.cos(psi)) / np.sin(psi), own)
        share = np.where(alpha > 0, alpha, alpha + np.pi) / psi
        turn = np.log(share / (1 - share))
    flat = np.sin(psi) < NO_PLANE
    near, far = ~flat & (alpha > 0) & (alpha < psi), ~flat & (alpha < psi - np.pi)
    fixed = np.where(flat, own > rival, alpha <= 0)
    intercept = np.where(fixed, np.inf, -np.inf)
    intercept[near] = (log_norm_ratio - turn)[near]
    intercept[far] = (turn - log_norm_ratio)[far]
    intercept[..., np.eye(members.shape[-1], dtype=bool)] = np.inf
    slope = np.where(near, log_ratio, np.where(far, -log_ratio, 0.0))
    return intercept, slope


def _tie_winners(
    z: FloatArray, members: IntArray, duels: Duels, gamma: float, ties: Ties
) -> IntArray:
    """The class that wins each tie between ``members``; equal worst margins go to the head.

    For logits (T, K) and members (T, S), T winners.
    """
    order = np.lexsort((members, -duels.counts[members]), axis=-1)
    by_head = np.take_along_axis(members, order, axis=-1)
    if ties == "head":
        return by_head[:, 0]
    intercept, slope = margin_lines(z, duels, by_head)
    best = (intercept + gamma * slope).min(axis=-1).argmax(axis=-1)
    return np.take_along_axis(by_head, best[:, None], axis=-1)[:, 0]


def _settle_ties(
    z: FloatArray, labels: IntArray, found: tuple[NDArray[Any], ...], duels: Duels, ties: Ties
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Keep of each interval with a tie the parts where the label wins it."""
    row, low, high, offsets, members = found
    alone = np.diff(offsets) == 1
    kernel = compiled("settle_margins") if ties == "margin" else None
    if kernel is not None:
        logs = (np.log(duels.counts), np.log(duels.feature_norms))
        rank = np.argsort(np.argsort(-duels.counts, kind="stable")).astype(np.float64)
        tied_parts = kernel(z, labels, found, rank, *logs, duels.psi)
        whole = (row[alone], low[alone], high[alone])
        row, low, high = (np.concatenate(pair) for pair in zip(whole, tied_parts, strict=True))
        return row, low, high
    won = []
    for m in np.flatnonzero(~alone):
        tied = members[offsets[m] : offsets[m + 1]]
        for left, right in _tie_pieces(z[row[m]], tied, duels, low[m], high[m], ties):
            middle = (left + right) / 2
            winner = _tie_winners(z[row[m], None], tied[None], duels, middle, ties)
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


def _check_ties(ties: str) -> None:
    if ties not in ("margin", "head"):
        raise UserError(f"ties must be 'margin' or 'head', got {ties!r}.")
