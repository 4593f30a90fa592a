"""Gram matrices of two groups of vectors in which all members of a group are alike."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.theory.geometry import quotient

Array = NDArray[np.float64]


class StepAngles(NamedTuple):
    """What a figure shows of a Gram matrix of two groups; arrays over imbalance ratios.

    ``norm_ratio`` is the squared norm of a majority vector over that of a minority vector; the
    cosines are those of two different majority vectors, two minority vectors, and one of each.
    NaN where a group has a single class.
    """

    norm_ratio: Array
    majority: Array
    minority: Array
    across: Array


@dataclass(frozen=True, eq=False)
class StepGram:
    """The five entries of a Gram matrix of two groups; arrays over imbalance ratios.

    Attributes
    ----------
    num_majority, num_minority : int
    majority_square, minority_square : array
        Squared norms.
    majority_inner, minority_inner, across_inner : array
        Inner products of different vectors, within each group (meaningless in a group of one)
        and between the groups.
    """

    num_majority: int
    num_minority: int
    majority_square: Array
    minority_square: Array
    majority_inner: Array
    minority_inner: Array
    across_inner: Array

    @property
    def angles(self) -> StepAngles:
        """Ratio of squared norms and cosines."""
        within_A, within_B = (
            quotient(inner, square) if size > 1 else np.full(np.shape(square), np.nan)
            for inner, square, size in (
                (self.majority_inner, self.majority_square, self.num_majority),
                (self.minority_inner, self.minority_square, self.num_minority),
            )
        )
        lengths = np.sqrt(self.majority_square * self.minority_square)
        norm_ratio = quotient(self.majority_square, self.minority_square)
        return StepAngles(norm_ratio, within_A, within_B, quotient(self.across_inner, lengths))

    def matrix(self) -> Array:
        """Return the Gram matrices, (..., K, K), majority classes first."""
        head = np.arange(self.num_majority + self.num_minority) < self.num_majority
        inner = _spread(head, self.majority_inner, self.minority_inner, self.across_inner)
        square = _spread(head, self.majority_square, self.minority_square, self.across_inner)
        return np.where(np.eye(len(head), dtype=bool), square, inner)


def step_gram(
    K_A: int,
    K_B: int,
    contrasts: tuple[Array, Array],
    majority: Array,
    minority: Array,
    scale_A: Array,
    scale_B: Array,
) -> StepGram:
    """Return the Gram matrix of two groups from its parts.

    It is ``s_A (I - J / K_A)`` within the majority, ``s_B (I - J / K_B)`` within the minority,
    plus one cross vector, opposite on the groups, with squared length `majority` on the first
    and `minority` on the second; the vectors of each group are then stretched by the root of
    its scale.
    """
    s_A, s_B = contrasts
    return StepGram(
        K_A,
        K_B,
        scale_A * (s_A * (K_A - 1) + majority) / K_A,
        scale_B * (s_B * (K_B - 1) + minority) / K_B,
        scale_A * (majority - s_A) / K_A,
        scale_B * (minority - s_B) / K_B,
        -np.sqrt(scale_A * scale_B * majority * minority / (K_A * K_B)),
    )


def _spread(head: NDArray[np.bool_], majority: Array, minority: Array, across: Array) -> Array:
    """Matrices (..., K, K) of blocks with one value each."""
    values = (np.asarray(value)[..., None, None] for value in (majority, minority, across))
    both, neither = np.logical_and.outer(head, head), np.logical_and.outer(~head, ~head)
    within_A, within_B, between = values
    return np.where(both, within_A, np.where(neither, within_B, between))
