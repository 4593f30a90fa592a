"""What the torch losses are made of: checks, the margin, class vectors and the reduction."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.losses.form import require

Reduction = Literal["mean", "none"]


def margins(inputs: Tensor, labels: Tensor) -> Tensor:
    """Lead of the label's input over the soft maximum of all others, (B,)."""
    check(inputs, labels)
    column = labels[:, None]
    others = inputs.scatter(1, column, -torch.inf).logsumexp(dim=1)
    return inputs.gather(1, column).squeeze(1) - others


def check(logits: Tensor, labels: Tensor) -> None:
    """Refuse shapes that torch would broadcast or report in its own words."""
    shape = tuple(logits.shape)
    require(len(shape) == 2 and shape[1] >= 2, "logits", "of shape (B, K) with K >= 2", shape)
    require(labels.dtype == torch.int64, "labels", "an int64 tensor", labels.dtype)
    require(labels.shape == shape[:1], "labels", f"of shape {shape[:1]}", tuple(labels.shape))


def vector(values: NDArray[np.float64], logits: Tensor, name: str = "counts") -> Tensor:
    """One number a class, in the precision and on the device of the logits."""
    found = torch.as_tensor(values, dtype=logits.dtype, device=logits.device)
    wanted = f"one number for each of {logits.shape[-1]} classes"
    require(len(found) == logits.shape[-1], name, wanted, len(found))
    return found


def reduced(losses: Tensor, reduction: Reduction) -> Tensor:
    """Mean over samples, or the losses as they are."""
    require(reduction in ("mean", "none"), "reduction", "'mean' or 'none'", reduction)
    return losses.mean() if reduction == "mean" else losses
