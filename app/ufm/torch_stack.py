"""A stack of class-mean problems as tensors: objective and gradient in a few batched operations."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.device.tensors import Tensors
from app.ufm.stack import Stack

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TensorStack(Tensors):
    """A `Stack` as tensors of one dtype, for features of `dim` dimensions.

    Attributes
    ----------
    weights, scales : (B, K)
        scales is 1 / sqrt(n_k).
    multipliers, offsets : (B, K, K)
        Indexed [label k, logit j], transposed, as kernels have them.
    focusing : (B,)
    decays : (B, 3)
        Of W, U and b.
    metric : (B, P)
        About the inverse curvature in each parameter, up to a factor.
    """

    weights: Tensor
    scales: Tensor
    multipliers: Tensor
    offsets: Tensor
    focusing: Tensor
    decays: Tensor
    metric: Tensor
    dim: int
    squared: bool
    trains_classifier: bool
    bias: bool
    relu: bool

    @property
    def features(self) -> slice:
        """Where U is among the parameters."""
        low = self.weights.shape[1] * self.dim
        return slice(low, 2 * low)

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Objective (B,) and gradient (B, P) at x (B, P); see `problem.value_and_gradient`."""
        batch, K = self.weights.shape
        split, end = K * self.dim, 2 * K * self.dim
        W, U = x[:, :split].view(batch, K, -1), x[:, split:end].view(batch, K, -1)
        b = x[:, end:]
        # Row k: logits of class k.
        z = torch.bmm(U, W.mT) * self.scales[:, :, None] + b[:, None, :]
        losses, slopes = self._losses(z)
        slopes = slopes * self.weights[:, :, None]
        inner = slopes * self.scales[:, :, None]
        decay_W, decay_U, decay_b = self.decays.T[:, :, None]
        gradient = torch.cat(
            [decay_W * x[:, :split], decay_U * x[:, split:end], decay_b * b], dim=1
        )
        value = (self.weights * losses).sum(1) + 0.5 * (gradient * x).sum(1)
        gradient[:, split:end] += torch.bmm(inner, W).flatten(1)
        if self.trains_classifier:
            gradient[:, :split] += torch.bmm(inner.mT, U).flatten(1)
        if self.bias:
            gradient[:, end:] += slopes.sum(1)
        return value, gradient

    def _losses(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Loss of each class (B, K) and its gradient (B, K, K), from margins as in `problem`."""
        if self.squared:
            residual = z - torch.eye(z.shape[-1], dtype=z.dtype, device=z.device)
            return 0.5 * residual.square().sum(-1), residual
        inputs = self.multipliers * z + self.offsets
        margins = inputs - inputs.diagonal(dim1=-2, dim2=-1)[..., None]
        margins.diagonal(dim1=-2, dim2=-1).fill_(-torch.inf)
        top = margins.amax(-1).clamp(min=0.0)
        odds = torch.exp(margins - top[..., None])
        others = odds.sum(-1)
        excess = torch.expm1(-top) + others
        losses = top + torch.log1p(excess)
        wrong = others / (1.0 + excess)
        power = wrong ** self.focusing[:, None]
        ratio = torch.where(wrong > 0.0, losses / wrong, torch.ones_like(wrong))
        hit = torch.exp(-top) / (1.0 + excess)
        factor = power * (1.0 + self.focusing[:, None] * hit * ratio) / (1.0 + excess)
        odds.diagonal(dim1=-2, dim2=-1).copy_(-others)
        return power * losses, factor[..., None] * self.multipliers * odds


def tensor_stack(
    stack: Stack, dim: int, device: torch.device, dtype: torch.dtype = torch.float64
) -> TensorStack:
    """Return a stack as tensors on a device."""

    def tensor(array: FloatArray) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(array), device=device, dtype=dtype)

    decays = [stack.weight_decay, stack.feature_decay, stack.bias_decay]
    K = stack.roots.shape[1]
    metric = np.ones((len(stack.roots), 2 * K * dim + K))
    metric[:, 2 * K * dim :] = stack.bias_metric[:, None]
    return TensorStack(
        weights=tensor(stack.form.weights),
        scales=tensor(1.0 / stack.roots),
        multipliers=tensor(np.swapaxes(stack.form.multipliers, -1, -2)),
        offsets=tensor(np.swapaxes(stack.form.offsets, -1, -2)),
        focusing=tensor(stack.focusing),
        decays=tensor(np.stack(decays, axis=1)),
        metric=tensor(metric),
        dim=dim,
        squared=stack.squared,
        trains_classifier=stack.fixed_classifier is None,
        bias=stack.bias,
        relu=stack.relu,
    )
