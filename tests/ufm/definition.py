"""The objective over all samples as its definition reads, for autograd."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from app.losses import class_temperatures


def sample_losses(spec, logits, labels):
    """Loss of every sample as its paper writes it, in torch."""
    n = torch.tensor(spec.counts, dtype=torch.float64)
    N, K = n.sum(), len(n)
    delta = torch.as_tensor(class_temperatures(np.array(spec.counts), spec.gamma))
    prior = spec.tau * torch.log(n / N)
    margins = spec.margin * n**-0.25 / (n**-0.25).max()
    target = one_hot(labels, K).double()
    inputs = {
        "la": logits + prior,
        "cdt": logits * delta,
        "ldt": logits * delta[labels][:, None],
        "vs": logits * delta + prior,
        "ldam": logits - target * margins,
    }.get(spec.loss, logits)
    plain = cross_entropy(inputs, labels, reduction="none")
    if spec.loss == "wce":
        return plain * (N / (K * n))[labels]
    if spec.loss == "focal":
        return plain * (1 - torch.exp(-plain)) ** spec.focusing
    if spec.loss == "mse":
        return ((logits - target) ** 2).sum(dim=1) / 2
    return plain


def definition(spec, W, H, b):
    """The objective of W (K, d), features H (N, d) sorted by class, and b (K,)."""
    labels = torch.repeat_interleave(torch.arange(len(spec.counts)), torch.tensor(spec.counts))
    losses = sample_losses(spec, H @ W.T + b, labels)
    data = losses.mean() if spec.convention == "mean" else losses.sum()
    decay = spec.feature_decay * (H**2).sum() + spec.bias_decay * (b**2).sum()
    if spec.classifier == "learned":
        decay = decay + spec.weight_decay * (W**2).sum()
    return data + decay / 2
