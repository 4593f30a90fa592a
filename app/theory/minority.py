"""Minority collapse: from which decay or imbalance on small classes are no longer told apart.

In everything here lambda is the geometric mean of the decays of classifier and features (mean
loss, halves on the decays, no bias unless stated), and N lambda is what counts are held against.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import finite_array, positive_array, require
from app.theory.inputs import ROUNDING, block_sizes

Array = NDArray[np.float64]


def critical_decays(
    counts: ArrayLike,
    multipliers: ArrayLike | None = None,
    offsets: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    relu: bool = False,
) -> Array:
    """Return the decay lambda from which each class is not told apart from its equals.

    Free features: two or more equal classes share one class vector and one class mean, exactly,
    if ``N lambda >= omega_k A_kk sqrt(n_k)`` and else differ (Hong & Ling, arXiv 2309.09725,
    for cross-entropy; for weights and temperatures derived here). Additive terms of the logits
    (LA) and a bias do not move it. Where all counts differ nothing merges exactly; the rank of
    the logits was then found to be the number of classes above their threshold, or one less.

    Features at least 0 (`relu`): the mean of class k is 0 if and only if
    ``N lambda >= omega_k sqrt(n_k) ||A[:, k] (e_k - softmax(I[:, k]))||``, which for
    cross-entropy is ``sqrt(n_k (K - 1) / K)`` (Dang et al., ICML 2024, arXiv 2401.02058; for
    other losses derived here). It needs class means at right angles at the optimum, which is
    proven for cross-entropy and may fail for other losses at strong imbalance.

    Parameters
    ----------
    counts : (..., K) array
        Training samples of each class, above 0.
    multipliers, offsets : (..., K, K) arrays, optional
        ``A[j, k]`` and ``I[j, k]`` of logit j for a sample of class k; 1 and 0 by default.
        Free features allow offsets of the logit alone (LA); `relu` those of the own logit alone
        (LDAM).
    weights : (..., K) array, optional
        omega, above 0; 1 by default.
    relu : bool

    Returns
    -------
    (..., K) array
        lambda. ``decay < critical_decays(counts)`` marks the classes that are told apart.

    Raises
    ------
    UserError
        If a number is out of range or no closed form exists for the offsets.
    """
    sizes = positive_array(counts, "counts")
    require(sizes.ndim > 0 and sizes.shape[-1] > 1, "counts", "of at least 2 classes", sizes)
    K = sizes.shape[-1]
    A = positive_array(np.ones((K, K)) if multipliers is None else multipliers, "multipliers")
    terms = finite_array(np.zeros((K, K)) if offsets is None else offsets, "offsets")
    for name, matrix in (("multipliers", A), ("offsets", terms)):
        require(matrix.shape[-2:] == (K, K), name, f"of shape (..., {K}, {K})", matrix.shape)
    omega = positive_array(np.ones(K) if weights is None else weights, "weights")
    reach = omega * np.sqrt(sizes) / sizes.sum(axis=-1, keepdims=True)
    if not relu:
        _require_logit_offsets(terms)
        return np.asarray(reach * np.diagonal(A, axis1=-2, axis2=-1))
    _require_own_offsets(terms)
    likely = np.exp(terms - terms.max(axis=-2, keepdims=True))
    push = A * (np.eye(K) - likely / likely.sum(axis=-2, keepdims=True))
    return np.asarray(reach * np.linalg.norm(push, axis=-2))


def minority_collapse_ratio(
    num_majority: int,
    num_minority: int,
    smallest_count: ArrayLike,
    weight_decay: ArrayLike,
    feature_decay: ArrayLike,
    relu: bool = False,
    strength: ArrayLike = 1.0,
) -> Array:
    """Return the imbalance ratio from which the minority of a step profile is collapsed.

    ``R* = (strength sqrt(f / n) / lambda - K_B) / K_A`` with n samples a minority class, and f
    = 1, or (K - 1) / K with `relu`: the ratio at which lambda is the `critical_decays` of the
    minority. It decreases with the decay since the loss is a mean: majority samples dilute the
    minority.

    Parameters
    ----------
    num_majority, num_minority : int
        K_A and K_B.
    smallest_count : array
        Samples of a minority class, above 0.
    weight_decay, feature_decay : arrays
        Above 0, of the mean loss, with halves.
    relu : bool
        Whether features are at least 0.
    strength : array
        Weight times temperature of a minority class, above 0, held fixed as R varies; 1 for
        cross-entropy and LA.

    Returns
    -------
    array, the shapes broadcast
        Below 1 where the minority is collapsed although no smaller than the rest, and 0 or less
        where it would be under any majority.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    K_A, K_B = block_sizes(num_majority, num_minority)
    size = positive_array(smallest_count, "smallest_count")
    l_W = positive_array(weight_decay, "weight_decay")
    l_H = positive_array(feature_decay, "feature_decay")
    share = 1 - 1 / (K_A + K_B) if relu else 1.0
    reach = positive_array(strength, "strength") * np.sqrt(share / size)
    return np.asarray((reach / (np.sqrt(l_W) * np.sqrt(l_H)) - K_B) / K_A)


def _require_logit_offsets(offsets: Array) -> None:
    """Refuse offsets ``I[j, k]`` that are not a term of logit j plus a term of label k."""
    parts = offsets[..., :, :1] + offsets[..., :1, :] - offsets[..., :1, :1]
    if not np.allclose(offsets, parts, rtol=ROUNDING, atol=ROUNDING):
        raise UserError("offsets must be those of a logit, whatever the label, without relu.")


def _require_own_offsets(offsets: Array) -> None:
    """Refuse offsets that distinguish between the logits of other classes."""
    size = offsets.shape[-1]
    off = ~np.eye(size, dtype=bool)
    low = np.where(off, offsets, np.inf).min(axis=-2)
    high = np.where(off, offsets, -np.inf).max(axis=-2)
    if not np.allclose(low, high, rtol=ROUNDING, atol=ROUNDING):
        raise UserError("offsets must be equal for all logits but the own one with relu.")
