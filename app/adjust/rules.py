"""The affine post-hoc rules: each scores class k as ``scale_k * z_k + offset_k``.

Conventions shared by all of them: z are the logits including the bias, n_k the training counts,
pi_k = n_k / sum(n) the training prior. Only the order of scores decides a prediction; where a
common factor is free it is chosen so that the head class (or the largest norm) keeps its logit.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError

FloatArray = NDArray[np.float64]
TargetPrior = Literal["balanced", "train"]


def positive_counts(class_counts: ArrayLike) -> FloatArray:
    """Return training counts as float64, refusing anything that has no logarithm.

    Raises
    ------
    UserError
        If there are fewer than two classes or a count is not a positive number.
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    if counts.ndim != 1 or counts.size < 2:
        raise UserError(
            f"class_counts must hold one number for each of at least 2 classes, "
            f"got an array of shape {counts.shape}."
        )
    wrong = np.flatnonzero(~(np.isfinite(counts) & (counts > 0)))
    if wrong.size:
        raise UserError(
            f"class_counts must all be positive, got {counts[wrong[0]]:g} for class {wrong[0]}."
        )
    return counts


def multiplicative_scale(class_counts: ArrayLike, gamma: float) -> FloatArray:
    """Factors ``(n_k / n_max) ** -gamma`` of multiplicative logit adjustment (MLA), (K,).

    Hasegawa & Sato, ICLR 2025 (arXiv 2409.17582); the head class keeps its logits and the tail is
    boosted, as in Kim & Kim (2020). The authors' code divides n_k by the total instead, which
    changes no prediction but does change the softmax.
    """
    counts = positive_counts(class_counts)
    return np.asarray(np.exp2(-gamma * (np.log2(counts) - np.log2(counts.max()))))


def additive_offset(
    class_counts: ArrayLike, tau: float, target_prior: ArrayLike | TargetPrior | None = None
) -> FloatArray:
    """Offsets ``-tau log pi_k + log t_k`` of additive logit adjustment (ALA), (K,).

    Menon et al., ICLR 2021, for ``target_prior=None``; with a target prior t and tau = 1 it is
    PC-softmax (Hong et al., CVPR 2021).

    Parameters
    ----------
    class_counts : (K,) array
        Training counts; pi is their share.
    tau : float
        How much of the training prior is removed; 0 removes nothing, 1 all of it.
    target_prior : (K,) array, "balanced", "train" or None
        Class shares expected at test time. "balanced" is a constant, hence the same as None but
        for that constant; "train" puts the training prior back.
    """
    counts = positive_counts(class_counts)
    prior = np.log(counts / counts.sum())
    return np.asarray(-tau * prior + log_target_prior(counts, target_prior))


def log_target_prior(
    counts: FloatArray, target_prior: ArrayLike | TargetPrior | None
) -> FloatArray:
    """Logarithm of the class shares expected at test time, (K,); zero if none is given."""
    if target_prior is None:
        return np.zeros(counts.size)
    if isinstance(target_prior, str):
        named = {"balanced": np.ones(counts.size), "train": counts}
        if target_prior not in named:
            raise UserError(
                "target_prior must be 'balanced', 'train' or one positive number a class, "
                f"got {target_prior!r}."
            )
        share = named[target_prior]
    else:
        share = np.asarray(target_prior, dtype=np.float64)
        if share.shape != counts.shape or not (np.isfinite(share) & (share > 0)).all():
            raise UserError(
                f"target_prior must hold {counts.size} positive numbers, "
                f"got {np.array2string(share, threshold=5)}."
            )
    return np.asarray(np.log(share / share.sum()))


def norm_scale(weight_norms: ArrayLike, tau: float) -> FloatArray:
    """Factors ``(|w_k| / max|w|) ** -tau`` of tau-normalisation, (K,).

    Kang et al., ICLR 2020; it applies to logits without the bias, ``z_k - b_k``.
    """
    norms = np.asarray(weight_norms, dtype=np.float64)
    if norms.ndim != 1 or not (np.isfinite(norms) & (norms > 0)).all():
        raise UserError("weight_norms must be one positive number a class, got a zero or worse.")
    return np.asarray(np.exp2(-tau * (np.log2(norms) - np.log2(norms.max()))))


def center_rows(logits: ArrayLike) -> FloatArray:
    """Logits minus their row mean, (N, K): softmax and argmax stay, no row is all negative."""
    values = np.asarray(logits, dtype=np.float64)
    return np.asarray(values - values.mean(axis=1, keepdims=True))
