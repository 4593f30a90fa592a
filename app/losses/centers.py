"""Losses that pull features to fixed centers, for torch (NCMC; Yan et al., NeurIPS 2024).

All take features (B, d), integer labels (B,) in 0..K-1, centers (F, d) of length 1 and the class
of each center, `owners` (F,); `app.theory.center_frame` makes both. None of them pushes a feature
away from other classes' centers, save loss P.
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from app.losses.form import require
from app.losses.pieces import Reduction, reduced

NORM_DECAY = 6e-4


def center_cosine(
    features: Tensor,
    labels: Tensor,
    centers: Tensor,
    owners: Tensor,
    *,
    weighted: bool = True,
    norm_decay: float = NORM_DECAY,
    reduction: Reduction = "mean",
) -> Tensor:
    """Squared misses of the cosines to all centers of the label's class (AL and CAL).

    ``beta_y sum_j (<w_yj, h/|h|> - 1)^2 + norm_decay (|h| - 1)^2``, with beta_k = cos alpha_k, or
    1 if not `weighted` (equation 34 and appendix F.1). With equally many centers a class it is
    the average loss (AL), with those of the class-aware strategy the class-aware loss (CAL), and
    with one center a class at theta = pi/2 twice the squared cosine loss of `dot_regression`.
    """
    own = _own(labels, owners, features, centers)
    misses = (_cosines(features, centers) - 1).square() * own
    losses = misses.sum(dim=1)
    if weighted:
        losses = losses * mean_center_lengths(centers, owners)[labels]
    return reduced(losses + _norm_term(features, norm_decay), reduction)


def nearest_center(
    features: Tensor,
    labels: Tensor,
    centers: Tensor,
    owners: Tensor,
    *,
    norm_decay: float = NORM_DECAY,
    reduction: Reduction = "mean",
) -> Tensor:
    """Squared miss of the cosine to the nearest center of the label's class alone.

    Training on the rule that picks the class of the nearest center, for contrast: its loss
    vanishes, and features end at single centers. Not the method of the paper, which argues
    against it in section 3.2.
    """
    own = _own(labels, owners, features, centers)
    misses = (_cosines(features, centers) - 1).square().masked_fill(~own, torch.inf)
    return reduced(misses.amin(dim=1) + _norm_term(features, norm_decay), reduction)


def center_regression(
    features: Tensor,
    labels: Tensor,
    centers: Tensor,
    owners: Tensor,
    *,
    feature_decay: float,
    classifier: Tensor | None = None,
    weight_decay: float = 0.0,
) -> Tensor:
    """Squared error against targets that are 1 at every center of the class (loss P).

    ``1/(2S) |W H - Y|^2 + feature_decay/2 |H|^2``, and ``weight_decay/2 |W0|^2`` where the class
    vectors `classifier` (K, d) are learned, with S = sum_k f_k n_k (equations 20-23). It is a sum
    over the whole training set, which must be given at once. Its minimisers are
    `app.theory.fixed_frame_optimum` and `learned_frame_optimum`; it knows no mixed labels.
    """
    own = _own(labels, owners, features, centers).to(features.dtype)
    misses = (features @ centers.T - own).square().sum() / (2 * own.sum())
    value = misses + feature_decay / 2 * features.square().sum()
    if classifier is not None:
        value = value + weight_decay / 2 * classifier.square().sum()
    return value


def mean_center_lengths(centers: Tensor, owners: Tensor) -> Tensor:
    """Lengths (K,) of the mean of each class's centers: cos alpha_k for centers of length 1."""
    counts = owners.bincount()
    total = centers.new_zeros(len(counts), centers.shape[1]).index_add(0, owners, centers)
    lengths: Tensor = (total / counts[:, None]).norm(dim=1)
    return lengths


def _cosines(features: Tensor, centers: Tensor) -> Tensor:
    """(B, F)."""
    return normalize(features, dim=1) @ centers.T


def _norm_term(features: Tensor, norm_decay: float) -> Tensor:
    away: Tensor = features.norm(dim=1) - 1
    return norm_decay * away.square()


def _own(labels: Tensor, owners: Tensor, features: Tensor, centers: Tensor) -> Tensor:
    """Which centers are of a sample's class, (B, F); refuses shapes torch would broadcast."""
    shape = tuple(features.shape)
    require(len(shape) == 2, "features", "of shape (B, d)", shape)
    wanted = len(owners), shape[1]
    require(tuple(centers.shape) == wanted, "centers", f"of shape {wanted}", tuple(centers.shape))
    require(labels.shape == shape[:1], "labels", f"of shape {shape[:1]}", tuple(labels.shape))
    own = owners[None, :] == labels[:, None]
    require(bool(own.any(dim=1).all()), "owners", "with a center of each label", owners.tolist())
    return own
