"""A loss and class sizes that do not tell apart the classes within two groups."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import finite_array, positive_array, require
from app.theory.inputs import MAX_COUNT, ROUNDING, block_sizes

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StepProblem:
    """Cross-entropy of two groups of classes: ``A[j, k] z_j + I[j, k]`` with weights omega_k.

    Arrays have shape (..., 2): majority, minority. Only differences of the offsets matter, so
    those of the own logit are 0.

    Attributes
    ----------
    sizes : pair of int
        K_A and K_B.
    counts : array
        Samples of each class.
    logit_temperatures, label_temperatures : array
        delta and epsilon of ``A[j, k] = delta_j epsilon_k``.
    within_offsets, across_offsets : array
        Offset of another class of the own group, and of a class of the other group.
    weights : array
    """

    sizes: tuple[int, int]
    counts: Array
    logit_temperatures: Array
    label_temperatures: Array
    within_offsets: Array
    across_offsets: Array
    weights: Array

    @cached_property
    def num_samples(self) -> Array:
        """N, (...)."""
        return np.asarray(self.counts @ np.array(self.sizes, float))

    @cached_property
    def masses(self) -> Array:
        """Share of one class in the loss, ``n_k omega_k / N``, (..., 2)."""
        return np.asarray(self.counts * self.weights / self.num_samples[..., None])

    @cached_property
    def slopes(self) -> Array:
        """By how much the contrast of a group raises its margins within, (..., 2).

        Contrasts are those of the logits times the root of the counts.
        """
        own = self.logit_temperatures * self.label_temperatures
        return np.asarray(own / np.sqrt(self.counts))

    @cached_property
    def direction(self) -> Array:
        """Squared weights (b^2, a^2) of the groups in the cross mode of the logits, (..., 2)."""
        heavy = np.array(self.sizes) / self.logit_temperatures**2
        return np.asarray(heavy[..., ::-1] / heavy.sum(axis=-1, keepdims=True))

    @cached_property
    def cross_slopes(self) -> Array:
        """By how much the cross mode of a group raises its margins to the other, (..., 2)."""
        return np.asarray(self.slopes / (np.array(self.sizes) * np.sqrt(self.direction)))


def step_problem(
    counts: ArrayLike,
    num_minority: int,
    multipliers: ArrayLike | None = None,
    offsets: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> StepProblem:
    """Return the problem of two groups behind arrays over all classes.

    Parameters
    ----------
    counts : (..., K) array
        Training samples of each class, at least 1, equal within each group, majority first.
    num_minority : int
        K_B, the last classes, from 1 to K - 1.
    multipliers, offsets : (..., K, K) arrays, optional
        ``A[j, k]`` and ``I[j, k]`` of logit j for a sample of class k; 1 and 0 by default. A
        must be a positive factor a logit times a positive factor a label. Offsets may treat the
        own logit apart (LDAM).
    weights : (..., K) array, optional
        omega, above 0; 1 by default.

    Raises
    ------
    UserError
        If shapes do not fit, a number is out of range, or classes of one group differ.
    """
    sizes = positive_array(counts, "counts")
    require(sizes.ndim > 0, "counts", "one number a class", float(sizes.max()))
    low, high = float(sizes.min()), float(sizes.max())
    require(low >= 1 and high <= MAX_COUNT, "counts", "from 1 to 1e12 each", (low, high))
    K = sizes.shape[-1]
    K_A, K_B = block_sizes(K - num_minority, num_minority)
    A = positive_array(np.ones((K, K)) if multipliers is None else multipliers, "multipliers")
    terms = finite_array(np.zeros((K, K)) if offsets is None else offsets, "offsets")
    omega = positive_array(np.ones(K) if weights is None else weights, "weights")
    for name, given, shape in (
        ("multipliers", A, (K, K)),
        ("offsets", terms, (K, K)),
        ("weights", omega, (K,)),
    ):
        fits = given.shape[-len(shape) :] == shape
        require(fits, name, f"of shape (..., {', '.join(map(str, shape))})", given.shape)
    terms = terms - np.diagonal(terms, axis1=-2, axis2=-1)[..., None, :]
    problem = _blocks(K_A, K_B, sizes, A, terms, omega)
    _require_blocks(problem, sizes, A, terms, omega)
    return problem


def _blocks(
    K_A: int, K_B: int, counts: Array, A: Array, offsets: Array, omega: Array
) -> StepProblem:
    """Read the problem off the first class of either group, and off the last."""
    first = [0, K_A]
    zero = np.zeros(offsets.shape[:-2])
    within = offsets[..., 1, 0] if K_A > 1 else zero, offsets[..., -2, -1] if K_B > 1 else zero
    parts = np.broadcast_arrays(
        counts[..., first],
        A[..., first, 0] / A[..., :1, 0],
        A[..., 0, first],
        np.stack(within, axis=-1),
        np.stack([offsets[..., -1, 0], offsets[..., 0, -1]], axis=-1),
        omega[..., first],
    )
    return StepProblem((K_A, K_B), *parts)


def _require_blocks(
    problem: StepProblem, counts: Array, A: Array, offsets: Array, omega: Array
) -> None:
    """Refuse arrays that are not what the blocks of `problem` make of them."""
    group = np.repeat([0, 1], problem.sizes)
    delta, epsilon = problem.logit_temperatures[..., group], problem.label_temperatures[..., group]
    same = np.equal.outer(group, group)
    inside, outside = (
        part[..., None, group] for part in (problem.within_offsets, problem.across_offsets)
    )
    blocks = np.where(np.eye(len(group), dtype=bool), 0.0, np.where(same, inside, outside))
    product = "a factor a logit times a factor a label, equal"
    for name, given, rebuilt, rule in (
        ("counts", counts, problem.counts[..., group], "equal"),
        ("multipliers", A, delta[..., :, None] * epsilon[..., None, :], product),
        ("offsets", offsets, blocks, "equal"),
        ("weights", omega, problem.weights[..., group], "equal"),
    ):
        if not np.allclose(given, rebuilt, rtol=ROUNDING, atol=ROUNDING):
            raise UserError(f"{name} must be {rule} within the majority and within the minority.")
