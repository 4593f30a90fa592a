"""Duels between classes: who wins at one gamma, and by what margin at all of them.

Hasegawa & Sato, ICLR 2025 (arXiv 2409.17582), Algorithm 1. Seen in the plane of two class vectors,
the feature points at angle alpha from class i towards class j, and i wins where alpha is less than
the boundary angle theta_ij. In log odds of angles the boundary moves at a constant rate: inside
the wedge between the vectors, i wins while

    gamma log(n_j / n_i) + log(m_j / m_i) > logit(alpha / psi_ij),

so that a duel turns at most once as gamma grows. The difference of the two sides is the duel's
margin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.compiled import compiled
from app.adjust.intervals import row_blocks
from app.adjust.rules import FloatArray, positive_counts
from app.errors import UserError
from app.theory import etf_angle, pair_angles, pair_factors, weight_angles
from app.theory.pairwise import NO_PLANE

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

    @property
    def head_rank(self) -> IntArray:
        """Place of each class in order of counts, head first, of equals the first, (K,)."""
        return np.argsort(np.argsort(-self.counts, kind="stable"))

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
