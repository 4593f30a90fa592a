"""Exact paths: logits in, on which parameters every sample is predicted correctly out."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.duel_intervals import duel_intervals
from app.adjust.duels import Duels
from app.adjust.intervals import Bounds, checked_bounds, correct_intervals
from app.adjust.pairwise import Ties
from app.adjust.path import ParameterPath
from app.adjust.rules import (
    FloatArray,
    TargetPrior,
    center_rows,
    log_target_prior,
    norm_scale,
    positive_counts,
)
from app.errors import UserError
from app.longtail import frequency_groups

IntArray = NDArray[np.int64]
PathRule = Literal["mla", "ala", "tau-norm", "1vs1"]


def exact_path(
    logits: ArrayLike,
    y: ArrayLike,
    class_counts: ArrayLike,
    rule: PathRule = "mla",
    *,
    center: bool = False,
    bounds: Bounds = (0.0, 3.0),
    groups: ArrayLike | None = None,
    target_prior: ArrayLike | TargetPrior | None = None,
    weight_norms: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    feature_norms: ArrayLike | None = None,
    ties: Ties = "margin",
) -> ParameterPath:
    """Compute where every sample is predicted correctly, as a rule's parameter varies.

    Parameters
    ----------
    logits : (N, K) array
        Float32 and float64 are used as they are, anything else as float64.
    y : (N,) array of int
        Labels, 0..K-1.
    class_counts : (K,) array
        Training samples of each class.
    rule : {"mla", "ala", "tau-norm", "1vs1"}
        "mla" scores ``z (n_k / n_max) ** -t``; "ala" ``z - t log pi_k`` (+ log target prior);
        "tau-norm" ``(z_k - b_k) / |w_k| ** t``; "1vs1" counts duels, `app.adjust.pairwise`.
    center : bool
        Subtract each row's mean first; matters for "mla" and "1vs1".
    bounds : (low, high)
        Parameters searched.
    groups : (K,) array of str, optional
        Frequency groups; those of `app.longtail.frequency_groups` by default.
    target_prior : optional
        For "ala", see `app.adjust.rules.additive_offset`.
    weight_norms, bias : (K,) arrays
        For "tau-norm": norms are needed, a missing bias is zero.
    weights, feature_norms, ties : optional
        For "1vs1", see `app.adjust.duels.Duels` and `app.adjust.pairwise`.

    Returns
    -------
    ParameterPath

    Raises
    ------
    UserError
        If shapes do not fit, a label is out of range, or a value is not usable.

    Notes
    -----
    The work is one sweep over the logits for affine rules, O(N K^2) for "1vs1".
    """
    z, labels, counts = checked(logits, y, class_counts)
    bounds = checked_bounds(bounds)
    names = frequency_groups(counts) if groups is None else np.asarray(groups)
    if names.shape != counts.shape:
        raise UserError(
            f"groups must hold one name for each of {counts.size} classes, "
            f"got an array of shape {names.shape}."
        )
    sample = np.arange(labels.size)
    if rule == "1vs1":
        duels = Duels.of(counts, feature_norms, weights)
        centred = center_rows(z) if center else z
        sample, lows, highs = duel_intervals(centred, labels, duels, bounds, ties)
    else:
        slopes, prepare = _affine(rule, counts, center, target_prior, weight_norms, bias)
        lows, highs = correct_intervals(
            z, labels, slopes, additive=rule == "ala", bounds=bounds, prepare=prepare
        )
        found = lows <= highs
        sample, lows, highs = sample[found], lows[found], highs[found]
    return ParameterPath(labels, names, bounds, sample, lows, highs)


def checked(
    logits: ArrayLike, y: ArrayLike, class_counts: ArrayLike
) -> tuple[NDArray[np.floating], IntArray, FloatArray]:
    """Return logits, labels and counts as arrays of matching shapes, or raise `UserError`."""
    z = np.asarray(logits)
    if z.dtype not in (np.float32, np.float64):
        z = z.astype(np.float64)
    counts, labels = positive_counts(class_counts), np.asarray(y)
    if z.ndim != 2 or z.shape[0] < 1 or z.shape[1] != counts.size:
        raise UserError(
            f"logits must have at least 1 row and one column for each of {counts.size} classes, "
            f"got an array of shape {z.shape}."
        )
    if labels.shape != (len(z),) or labels.dtype.kind not in "iu":
        raise UserError(
            f"y must hold {len(z)} integers, got {labels.dtype} of shape {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= counts.size:
        raise UserError(
            f"y must lie in 0..{counts.size - 1}, got {labels.min()} to {labels.max()}."
        )
    return z, labels.astype(np.int64), counts


def _affine(
    rule: str,
    counts: FloatArray,
    center: bool,
    target_prior: ArrayLike | TargetPrior | None,
    weight_norms: ArrayLike | None,
    bias: ArrayLike | None,
) -> tuple[FloatArray, Callable[[NDArray[np.floating]], FloatArray] | None]:
    """Slopes of an affine rule and what is done to logits first."""
    if rule == "mla":
        return np.log2(counts), center_rows if center else None
    if rule == "ala":
        shift = log_target_prior(counts, target_prior)
        return np.log(counts), (lambda z: z + shift) if np.ptp(shift) else None
    if rule == "tau-norm":
        if weight_norms is None:
            raise UserError("weight_norms are needed for rule 'tau-norm', got None.")
        if np.shape(weight_norms) != counts.shape:
            raise UserError(f"weight_norms must hold {counts.size} numbers.")
        slopes = -np.log2(norm_scale(weight_norms, 1.0))
        if bias is None:
            return slopes, None
        own = np.asarray(bias, dtype=np.float64)
        if own.shape != counts.shape or not np.isfinite(own).all():
            raise UserError(f"bias must hold {counts.size} finite numbers.")
        return slopes, lambda z: z - own
    raise UserError(f"rule must be one of {', '.join(get_args(PathRule))}, got {rule!r}.")
