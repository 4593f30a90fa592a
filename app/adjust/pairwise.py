"""The 1vs1adjuster: every pair of classes holds a duel, the class with the most wins is predicted.

Hasegawa & Sato, ICLR 2025 (arXiv 2409.17582), Algorithm 1. Votes can tie, most often in a cycle of
three classes; then either the tied class whose worst margin among the tied is best wins (minimax),
or the one with most training samples does, as argmax decides in the authors' code.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.duels import Duels, count_votes, margin_lines
from app.adjust.rules import FloatArray
from app.errors import UserError

Ties = Literal["margin", "head"]
IntArray = NDArray[np.int64]


def duel_scores(logits: ArrayLike, duels: Duels, gamma: float, ties: Ties) -> FloatArray:
    """Return votes, with half a vote more for the winner of a tied row, (N, K).

    Their argmax is the prediction of the 1vs1adjuster.
    """
    check_ties(ties)
    z = duels.unit_logits(logits)
    votes = count_votes(z, duels.factors(gamma))
    scores = votes.astype(np.float64)
    top = votes == votes.max(axis=1, keepdims=True)
    tied = top.sum(axis=1)
    for size in np.unique(tied[tied > 1]).tolist():
        rows = np.flatnonzero(tied == size)
        members = np.nonzero(top[rows])[1].reshape(-1, size)
        scores[rows, tie_winners(z[rows], members, duels, gamma, ties)] += 0.5
    return scores


def tie_winners(
    z: FloatArray, members: IntArray, duels: Duels, gamma: float, ties: Ties
) -> IntArray:
    """The class that wins each tie between ``members``; equal worst margins go to the head.

    For logits (T, K) and members (T, S), T winners.
    """
    order = np.argsort(duels.head_rank[members], axis=-1)
    by_head = np.take_along_axis(members, order, axis=-1)
    if ties == "head":
        return by_head[:, 0]
    intercept, slope = margin_lines(z, duels, by_head)
    best = (intercept + gamma * slope).min(axis=-1).argmax(axis=-1)
    return np.take_along_axis(by_head, best[:, None], axis=-1)[:, 0]


def check_ties(ties: str) -> None:
    """Raise `UserError` for an unknown way of breaking ties."""
    if ties not in get_args(Ties):
        raise UserError(f"ties must be 'margin' or 'head', got {ties!r}.")
