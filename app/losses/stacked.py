"""Gradients of many losses in one pass, for torch; written by hand from `app.losses.tables`.

The functions of `app.losses` differentiate one loss at a time, and most of a small step is then
the cost of launching its operations. Here a stack of P classifiers shares them. Values at a class
axis of ten run several times slower through torch's softmax than through its parts, which are
therefore written out.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from app.losses.tables import Link, LossTable


class Stacked:
    """The gradients of P losses of one link.

    Parameters
    ----------
    tables : sequence of P LossTable
    like : Tensor
        Whose precision and device to use.
    """

    def __init__(self, tables: Sequence[LossTable], like: Tensor) -> None:
        self._gradient = _GRADIENTS[tables[0].link]

        def stack(name: str) -> Tensor:
            # (K, P, K): all that a sample of one class needs is one contiguous row.
            values = np.stack([getattr(table, name) for table in tables], axis=1)
            return torch.as_tensor(values, dtype=like.dtype, device=like.device)

        self._multipliers, self._offsets = stack("multipliers"), stack("offsets")
        self._targets, self._weights = stack("targets"), stack("weights")
        focusing = [table.focusing for table in tables]
        self._focusing = torch.as_tensor(focusing, dtype=like.dtype, device=like.device)[:, None]
        # Most losses leave the logits as they are.
        self._plain = bool((self._multipliers == 1).all() and (self._offsets == 0).all())

    def gradient(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the gradients (R, P, K) of each sample's losses in its logits (R, P, K)."""
        inputs = logits
        if not self._plain:
            inputs = torch.addcmul(
                self._offsets.index_select(0, labels),
                self._multipliers.index_select(0, labels),
                logits,
            )
        targets = self._targets.index_select(0, labels)
        slopes = self._gradient(inputs, targets, self._focusing)
        return slopes.mul_(self._weights.index_select(0, labels))


def _softmax(inputs: Tensor, targets: Tensor, focusing: Tensor) -> Tensor:
    return _probabilities(inputs).sub_(targets)


def _focal(inputs: Tensor, targets: Tensor, focusing: Tensor) -> Tensor:
    """With c = -log p_y and q = 1 - p_y the loss is ``q^f c`` and its slope in c is this factor."""
    p = _probabilities(inputs)
    own = (p * targets).sum(-1, keepdim=True)
    least = torch.finfo(p.dtype).tiny
    missed = (p * (1 - targets)).sum(-1, keepdim=True).clamp_(min=least)
    c = -own.clamp(min=least).log_()
    factor = missed**focusing * (1 + focusing * own * c / missed)
    return p.sub_(targets).mul_(factor)


def _binary(inputs: Tensor, targets: Tensor, focusing: Tensor) -> Tensor:
    """Slopes of ``-log p_y - sum_{j != y} log(1 - p_j)``.

    They are ``p_j (2 - sum_{i != j, y} r_i)`` with the odds r = p / (1 - p), and for the label's
    class ``p_y (1 - sum_{i != y} r_i) - 1``. Odds of the one class that may have most of the
    probability are summed apart, where subtracting them again leaves nothing but zero.
    """
    p = _probabilities(inputs)
    others = p * (1 - targets)
    most = others > 0.5
    missed = p.masked_fill(most, 0.0).sum(-1, keepdim=True).clamp_(min=torch.finfo(p.dtype).tiny)
    large = (others / missed).masked_fill_(~most, 0.0)
    rare = (others / (1 - others)).masked_fill_(most, 0.0)
    rest = (rare.sum(-1, keepdim=True) - rare) + (large.sum(-1, keepdim=True) - large)
    return p * (2 - targets - rest) - targets


def _sigmoid(inputs: Tensor, targets: Tensor, focusing: Tensor) -> Tensor:
    return torch.sigmoid(inputs).sub_(targets)


def _probabilities(inputs: Tensor) -> Tensor:
    p = (inputs - inputs.amax(-1, keepdim=True)).exp_()
    return p.div_(p.sum(-1, keepdim=True))


_GRADIENTS: dict[Link, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "softmax": _softmax,
    "focal": _focal,
    "binary": _binary,
    "sigmoid": _sigmoid,
}
