"""Losses and heads that multiple centers are compared with, for torch.

Losses take logits (B, K) or features (B, d), integer labels (B,) in 0..K-1, and return the mean
over the B samples, or with ``reduction="none"`` the loss of each, (B,). LDAM with deferred
re-weighting is `app.losses.ldam` on `cosine_logits`, weighted by `deferred_weights`.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from app.losses.form import FloatArray, positive_counts, require
from app.losses.functions import cross_entropy
from app.losses.pieces import Reduction, reduced
from app.losses.weights import class_balanced_weights

_LARGEST_LOGIT = 30.0


def dot_regression(
    features: Tensor,
    labels: Tensor,
    vectors: Tensor,
    *,
    energy: float = 1.0,
    reduction: Reduction = "mean",
) -> Tensor:
    """Squared miss of the inner product with the label's vector, which is fixed.

    ``(<w_y, h> - sqrt(E))^2 / (2 sqrt(E))`` with E = E_W E_H, the squared lengths wanted of
    vectors and features (Yang et al., NeurIPS 2022, arXiv 2203.09081, whose fixed vectors are
    those of `app.theory.simplex_etf`). `vectors` is (K, d).
    """
    require(0 < energy < float("inf"), "energy", "finite and above 0", energy)
    dots = (features * vectors[labels]).sum(dim=1)
    root = energy**0.5
    return reduced((dots - root).square() / (2 * root), reduction)


def balanced_dot_regression(
    features: Tensor, labels: Tensor, vectors: Tensor, *, reduction: Reduction = "mean"
) -> Tensor:
    """Dot regression as its authors' code has it: every class of the batch counts alike.

    ``(M_y <w_y, h> - M_y |h|)^2 / (2 |h|)`` with M_k^2 = B / (C n_k), C classes and n_k samples of
    class k in the batch, and the length |h| taken as a constant. On features of length 1 it is
    ``B / (2 C n_y) (cos - 1)^2``. `vectors` (K, d) have length 1.
    """
    sizes = labels.bincount(minlength=len(vectors)).to(features.dtype)
    share = len(labels) / ((sizes > 0).sum() * sizes[labels])
    lengths = features.norm(dim=1).detach()
    misses = (features * vectors[labels]).sum(dim=1) - lengths
    return reduced(share * misses.square() / (2 * lengths), reduction)


def arb(
    logits: Tensor,
    labels: Tensor,
    counts: ArrayLike | None = None,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Attraction-repulsion-balanced loss (Xie et al., Neurocomputing 2023, arXiv 2204.08735).

    ``-log(e^z_y / sum_j (n_j / n_y) e^z_j)`` with the counts of the batch, where absent classes
    drop out, or with `counts` (K,) of the training set: then it is `balanced_softmax`. Logits are
    clamped to [-30, 30], as in the authors' code.
    """
    if counts is None:
        sizes = labels.bincount(minlength=logits.shape[1]).to(logits.dtype)
    else:
        sizes = torch.as_tensor(positive_counts(counts), dtype=logits.dtype, device=logits.device)
    require(len(sizes) == logits.shape[1], "counts", f"of length {logits.shape[1]}", len(sizes))
    # Half the least number: with log 0 the gradient of a batch of one class would be NaN.
    absent = torch.finfo(logits.dtype).min / 2
    offsets = torch.where(sizes > 0, sizes.clamp(min=1e-30).log(), absent)
    clamped = logits.clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
    return cross_entropy(clamped + offsets, labels, reduction=reduction)


def deferred_weights(counts: ArrayLike, beta: float = 0.9999) -> FloatArray:
    """Class weights ``(1 - beta) / (1 - beta^n_k)``, (K,), of sum K (Cui et al., CVPR 2019).

    LDAM-DRW (Cao et al., NeurIPS 2019) trains without them first and with them at last: in its
    code from epoch 160 of 200 on.
    """
    return class_balanced_weights(counts, beta)


class RotatedHead(nn.Module):
    """Logits ``h^T R M`` with a learned rotation R and fixed, centred class vectors M.

    The head of RBL (Peifeng et al., ICML 2023, PMLR 202:27542), trained
    with cross-entropy. M is ``I - 1 1^T / p`` of size p = max(d, K), of which the first K columns
    are used; for d < K the rotation has d orthonormal rows. Read off a copy of the head in
    another project, since the authors' code was not at hand.

    Parameters
    ----------
    dim : int
        d.
    num_classes : int
        K, at least 2.
    """

    def __init__(self, dim: int, num_classes: int) -> None:
        super().__init__()
        require(dim >= 1, "dim", "at least 1", dim)
        require(num_classes >= 2, "num_classes", "at least 2", num_classes)
        size = max(dim, num_classes)
        self.rotation = parametrizations.orthogonal(nn.Linear(size, dim, bias=False))
        fixed = torch.eye(size)[:, :num_classes] - 1 / size
        self.register_buffer("vectors", fixed)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, K) of features (B, d)."""
        rotation = self.rotation.weight
        assert isinstance(rotation, Tensor)
        return features @ rotation @ self.get_buffer("vectors")


def mixup(
    inputs: Tensor, labels: Tensor, generator: torch.Generator, alpha: float = 1.0
) -> tuple[Tensor, Tensor, float]:
    """Mix every input with another of the batch (Zhang et al., ICLR 2018, arXiv 1710.09412).

    Returns
    -------
    inputs : (B, ...) tensor
        ``m x + (1 - m) x'``, with one m ~ Beta(alpha, alpha) for the batch.
    partners : (B,) tensor
        Labels of the others.
    share : float
        m.
    """
    require(alpha > 0, "alpha", "above 0", alpha)
    seed = int(torch.randint(2**31, (1,), generator=generator))
    share = float(np.random.default_rng(seed).beta(alpha, alpha))
    order = torch.randperm(len(labels), generator=generator).to(labels.device)
    return share * inputs + (1 - share) * inputs[order], labels[order], share


def mixed(
    loss: Callable[[Tensor], Tensor], labels: Tensor, partners: Tensor, share: float
) -> Tensor:
    """Return ``m l(y) + (1 - m) l(y')``, the loss of mixed inputs; `loss` maps labels to it.

    For losses that are a sum over samples; not for `center_regression`.
    """
    return share * loss(labels) + (1 - share) * loss(partners)
