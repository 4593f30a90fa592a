"""Torch losses made for re-training a classifier: class-balanced, re-weighted and retargeted."""

import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import logsigmoid, one_hot, softplus

from app.losses.pieces import Reduction, check, margins, reduced, vector
from app.losses.targets import smoothed_targets
from app.losses.weights import class_balanced_weights, power_weights


def class_balanced(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    beta: float = 0.9999,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy times `class_balanced_weights` of the label (CB-CE; Cui et al., CVPR 2019)."""
    weight = vector(class_balanced_weights(counts, beta), logits)
    return reduced(-weight[labels] * logsigmoid(margins(logits, labels)), reduction)


def power_weighted(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    rho: float = 1.2,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy times `power_weights` of the label (GRW; Zhang et al., CVPR 2021)."""
    weight = vector(power_weights(counts, rho), logits)
    return reduced(-weight[labels] * logsigmoid(margins(logits, labels)), reduction)


def lort(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    delta: float = 0.98,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy with `smoothed_targets` (Lu et al., 2024, eq. 13); delta = 0 is without.

    The same as ``torch.nn.CrossEntropyLoss(label_smoothing=delta)``.
    """
    # As ce + delta (mean of logs - log p_y), which keeps the digits of ce for small delta.
    ce = -logsigmoid(margins(logits, labels))
    num_classes = logits.shape[1]
    share = float(smoothed_targets(num_classes, delta)[0, 1])
    leads = logits.gather(1, labels[:, None]) - logits
    return reduced(ce + share * leads.sum(dim=1), reduction)


def class_balanced_sigmoid(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    beta: float = 0.9999,
    focusing: float = 0.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Binary cross-entropy of every logit, summed over classes, times the weight of the label.

    CB with BCE, and with ``focusing`` CB-focal, as the authors' code has it (Cui et al.,
    CVPR 2019): the weight multiplies the whole row, and the sum over classes is not divided by K.
    """
    weight = vector(class_balanced_weights(counts, beta), logits)
    check(logits, labels)
    signs = 1 - 2 * one_hot(labels, logits.shape[1]).to(logits.dtype)
    wrong = signs * logits
    losses = softplus(wrong)
    if focusing:
        losses = losses * torch.exp(focusing * logsigmoid(wrong))
    return reduced(weight[labels] * losses.sum(dim=1), reduction)


def class_balanced_binary(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike,
    *,
    beta: float = 0.9999,
    reduction: Reduction = "mean",
) -> Tensor:
    """Binary cross-entropy of every softmax output, averaged over classes, times the weight.

    The "CB loss" of the code of Alshammari et al., CVPR 2022 (LTWB), which is neither the softmax
    nor the sigmoid loss of Cui et al.
    """
    weight = vector(class_balanced_weights(counts, beta), logits)
    own = -logsigmoid(margins(logits, labels))
    others = -_log_missed(logits).scatter(1, labels[:, None], 0.0).sum(dim=1)
    return reduced(weight[labels] * (own + others) / logits.shape[1], reduction)


def _log_missed(logits: Tensor) -> Tensor:
    """Logarithm of 1 - softmax, (B, K), precise where the softmax is almost one."""
    total = logits.logsumexp(dim=1, keepdim=True)
    top = logits.argmax(dim=1, keepdim=True)
    of_top = logits.scatter(1, top, -torch.inf).logsumexp(dim=1, keepdim=True) - total
    p = (logits - total).scatter(1, top, -torch.inf).exp()
    return torch.log1p(-p).scatter(1, top, of_top)
