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
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
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

Reduction = Literal["mean", "none"]


def cross_entropy(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Softmax cross-entropy."""
    return reduced(-logsigmoid(_margins(logits, labels)), reduction)


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
        weight = _vector(balancing_weights(counts), logits)
    else:
        weight = _vector(positive_counts(weights, "weights"), logits, "weights")
    return reduced(-weight[labels] * logsigmoid(_margins(logits, labels)), reduction)


def logit_adjusted(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    tau: float = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``z_j + tau log(n_j / N)`` (LA; Menon et al., ICLR 2021)."""
    offsets = _vector(prior_offsets(counts, tau), logits)
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
    delta = _vector(class_temperatures(counts, gamma, normalization), logits)
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
    delta = _vector(class_temperatures(counts, gamma, normalization), logits)
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
    delta = _vector(class_temperatures(counts, gamma, normalization), logits)
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
    lead = _vector(ldam_margins(counts, margin), logits)[labels]
    return reduced(-logsigmoid(_margins(scale * logits, labels) - scale * lead), reduction)


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
    margins = _margins(logits, labels)
    # 1 - p_y is the sigmoid of -m. As a power of it, the gradient at p_y = 1 would be 0 * inf.
    return reduced(-torch.exp(focusing * logsigmoid(-margins)) * logsigmoid(margins), reduction)


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
    _check(logits, labels)
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
}


def cosine_logits(features: Tensor, weights: Tensor) -> Tensor:
    """Cosines between features (B, d) and class vectors (K, d), (B, K); a zero vector gives 0."""
    return normalize(features, dim=1) @ normalize(weights, dim=1).T


def _margins(inputs: Tensor, labels: Tensor) -> Tensor:
    """Lead of the label's input over the soft maximum of all others, (B,)."""
    _check(inputs, labels)
    column = labels[:, None]
    others = inputs.scatter(1, column, -torch.inf).logsumexp(dim=1)
    return inputs.gather(1, column).squeeze(1) - others


def _check(logits: Tensor, labels: Tensor) -> None:
    """Refuse shapes that torch would broadcast or report in its own words."""
    shape = tuple(logits.shape)
    require(len(shape) == 2 and shape[1] >= 2, "logits", "of shape (B, K) with K >= 2", shape)
    require(labels.dtype == torch.int64, "labels", "an int64 tensor", labels.dtype)
    require(labels.shape == shape[:1], "labels", f"of shape {shape[:1]}", tuple(labels.shape))


def _vector(values: NDArray[np.float64], logits: Tensor, name: str = "counts") -> Tensor:
    """One number a class, in the precision and on the device of the logits."""
    vector = torch.as_tensor(values, dtype=logits.dtype, device=logits.device)
    wanted = f"one number for each of {logits.shape[-1]} classes"
    require(len(vector) == logits.shape[-1], name, wanted, len(vector))
    return vector


def reduced(losses: Tensor, reduction: Reduction) -> Tensor:
    """Mean over samples, or the losses as they are."""
    require(reduction in ("mean", "none"), "reduction", "'mean' or 'none'", reduction)
    return losses.mean() if reduction == "mean" else losses
