"""Training losses for torch: functions of logits, labels and class counts.

All take logits (B, K), integer labels (B,) in 0..K-1 and the counts (K,) of training samples a
class (cross-entropy, focal and squared error do without), and return the mean over the B samples,
or with ``reduction="none"`` the loss of each, (B,). Weighted losses too are divided by B, not by
the sum of the weights as ``torch.nn.CrossEntropyLoss(weight=...)`` does.

Each is written in the margin ``m = u_y - logsumexp_{j != y} u_j`` of its inputs u, in which
cross-entropy is log(1 + exp(-m)): values and gradients keep their relative precision however
small they are, and stay finite however large the logits.
"""

from collections.abc import Callable

import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize, one_hot

from app.losses.form import (
    Normalization,
    balancing_weights,
    class_temperatures,
    ldam_margins,
    positive_counts,
    prior_offsets,
    require,
)
from app.losses.pieces import Reduction, check, margins, reduced, vector
from app.losses.retrain import (
    class_balanced,
    class_balanced_binary,
    class_balanced_sigmoid,
    lort,
    power_weighted,
)


def cross_entropy(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Softmax cross-entropy."""
    return reduced(-logsigmoid(margins(logits, labels)), reduction)


def weighted_cross_entropy(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy times the weight of the label's class, ``N / (K n_k)`` unless given, (K,)."""
    if weights is None:
        weight = vector(balancing_weights(counts), logits)
    else:
        weight = vector(positive_counts(weights, "weights"), logits, "weights")
    return reduced(-weight[labels] * logsigmoid(margins(logits, labels)), reduction)


def logit_adjusted(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    tau: float = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``z_j + tau log(n_j / N)`` (LA; Menon et al., ICLR 2021)."""
    offsets = vector(prior_offsets(counts, tau), logits)
    return cross_entropy(logits + offsets, labels, reduction=reduction)


def balanced_softmax(
    logits: Tensor, labels: Tensor, counts: ArrayLike, *, reduction: Reduction = "mean"
) -> Tensor:
    """Cross-entropy of ``z_j + log n_j`` (Ren et al., NeurIPS 2020): `logit_adjusted`, tau = 1."""
    return logit_adjusted(logits, labels, counts, tau=1.0, reduction=reduction)


def cdt(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    gamma: float,
    normalization: Normalization = "mean",
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``delta_j z_j``, delta of the logit's class (CDT; Ye et al., 2020).

    delta is `app.losses.class_temperatures`.
    """
    delta = vector(class_temperatures(counts, gamma, normalization), logits)
    return cross_entropy(logits * delta, labels, reduction=reduction)


def ldt(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    gamma: float,
    normalization: Normalization = "mean",
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``delta_y z_j``, delta of the label's class (LDT; Behnia et al., 2023).

    delta is `app.losses.class_temperatures`.
    """
    delta = vector(class_temperatures(counts, gamma, normalization), logits)
    return cross_entropy(logits * delta[labels, None], labels, reduction=reduction)


def vs(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    gamma: float,
    tau: float = 1.0,
    normalization: Normalization = "mean",
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``delta_j z_j + tau log(n_j / N)`` (VS; Kini et al., NeurIPS 2021).

    delta is `app.losses.class_temperatures`; the paper's own have ``normalization="max"``.
    """
    delta = vector(class_temperatures(counts, gamma, normalization), logits)
    return logit_adjusted(logits * delta, labels, counts, tau=tau, reduction=reduction)


def ldam(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    margin: float = 0.5,
    scale: float = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``scale (z_j - [j = y] m_y)`` (LDAM; Cao et al., NeurIPS 2019).

    m is `app.losses.form.ldam_margins`. The authors' normalised version takes `cosine_logits`
    and scale = 30; on plain logits, which have a scale of their own, use 1.
    """
    lead = vector(ldam_margins(counts, margin), logits)[labels]
    return reduced(-logsigmoid(margins(scale * logits, labels) - scale * lead), reduction)


def focal(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    focusing: float = 2.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy times ``(1 - p_y) ** focusing``, p the softmax (Lin et al., ICCV 2017)."""
    require(0 <= focusing < float("inf"), "focusing", "finite and at least 0", focusing)
    lead = margins(logits, labels)
    # 1 - p_y is the sigmoid of -m. As a power of it, the gradient at p_y = 1 would be 0 * inf.
    return reduced(-torch.exp(focusing * logsigmoid(-lead)) * logsigmoid(lead), reduction)


def mse(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Half the squared distance to the one-hot label, summed over classes.

    The scaling of Han, Papyan & Donoho, ICLR 2022 (arXiv 2106.02073).
    """
    check(logits, labels)
    target = one_hot(labels, logits.shape[1]).to(logits.dtype)
    return reduced((logits - target).square().sum(dim=1) / 2, reduction)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "ce": cross_entropy,
    "wce": weighted_cross_entropy,
    "la": logit_adjusted,
    "balanced_softmax": balanced_softmax,
    "cdt": cdt,
    "ldt": ldt,
    "vs": vs,
    "ldam": ldam,
    "focal": focal,
    "mse": mse,
    "cb": class_balanced,
    "grw": power_weighted,
    "lort": lort,
    "cb_sigmoid": class_balanced_sigmoid,
    "cb_binary": class_balanced_binary,
}


def cosine_logits(features: Tensor, weights: Tensor) -> Tensor:
    """Cosines between features (B, d) and class vectors (K, d), (B, K); a zero vector gives 0."""
    return normalize(features, dim=1) @ normalize(weights, dim=1).T
