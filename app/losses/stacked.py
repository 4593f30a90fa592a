"""Gradients of many losses in one pass, for torch; written by hand from `app.losses.tables`.

The functions of `app.losses` differentiate one loss at a time, and most of a small step is then
the cost of launching its operations. Here a stack of P classifiers shares them. Values at a class
axis of ten run several times slower through torch's softmax than through its parts, which are
therefore written out.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
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
        def stack(name: str) -> NDArray[np.float64]:
            # (K, P, K): all that a sample of one class needs is one contiguous row.
            return np.stack([np.atleast_2d(getattr(table, name).T).T for table in tables], axis=1)

        self._gradient = _GRADIENTS[tables[0].link]
        self._multipliers = _Lookup(stack("multipliers"), 1.0, like)
        self._offsets = _Lookup(stack("offsets"), 0.0, like)
        self._targets = _Lookup(stack("targets"), None, like)
        self._weights = _Lookup(stack("weights"), None, like)
        focusing = [table.focusing for table in tables]
        self._focusing = torch.as_tensor(focusing, dtype=like.dtype, device=like.device)[:, None]

    def gradient_(self, logits: Tensor, labels: Tensor, share: float = 1.0) -> None:
        """Replace logits (R, P, K) by the gradients in them of `share` times each sample's loss.

        In place: at these sizes fresh memory costs more than what is computed in it.
        """
        multipliers, offsets = self._multipliers.of(labels), self._offsets.of(labels)
        if multipliers is not None:
            logits.mul_(multipliers)
        if offsets is not None:
            logits.add_(offsets)
        targets, weights = self._targets.of(labels), self._weights.of(labels)
        assert targets is not None
        assert weights is not None
        self._gradient(logits, targets, self._focusing)
        logits.mul_(weights * share)
        if multipliers is not None:
            logits.mul_(multipliers)


class _Lookup:
    """Numbers (K, P, K) by the class of the sample; those alike for all classes are kept once.

    Parameters
    ----------
    values : (K, P, K) or (K, P, 1) array
    neutral : float or None
        If all values are this there is nothing to do.
    like : Tensor
    """

    def __init__(self, values: NDArray[np.float64], neutral: float | None, like: Tensor) -> None:
        self._nothing = neutral is not None and bool((values == neutral).all())
        self._alike = bool((values == values[:1]).all())
        kept = values[:1] if self._alike else values
        self._rows = torch.as_tensor(kept, dtype=like.dtype, device=like.device)

    def of(self, labels: Tensor) -> Tensor | None:
        """Numbers that broadcast over (R, P, K); None for nothing to do."""
        if self._nothing:
            return None
        return self._rows if self._alike else self._rows.index_select(0, labels)


def _softmax(inputs: Tensor, targets: Tensor, focusing: Tensor) -> None:
    _to_probabilities(inputs).sub_(targets)


def _focal(inputs: Tensor, targets: Tensor, focusing: Tensor) -> None:
    """With c = -log p_y and q = 1 - p_y the loss is ``q^f c`` and its slope in c is this factor."""
    p = _to_probabilities(inputs)
    own = (p * targets).sum(-1, keepdim=True)
    least = torch.finfo(p.dtype).tiny
    missed = (p * (1 - targets)).sum(-1, keepdim=True).clamp_(min=least)
    c = -own.clamp(min=least).log_()
    factor = missed**focusing * (1 + focusing * own * c / missed)
    p.sub_(targets).mul_(factor)


def _binary(inputs: Tensor, targets: Tensor, focusing: Tensor) -> None:
    """Slopes of ``-log p_y - sum_{j != y} log(1 - p_j)``.

    They are ``p_j (2 - sum_{i != j, y} r_i)`` with the odds r = p / (1 - p), and for the label's
    class ``p_y (1 - sum_{i != y} r_i) - 1``. Odds of the one class that may have most of the
    probability are summed apart, where subtracting them again leaves nothing but zero.
    """
    p = _to_probabilities(inputs)
    others = p * (1 - targets)
    most = others > 0.5
    missed = p.masked_fill(most, 0.0).sum(-1, keepdim=True).clamp_(min=torch.finfo(p.dtype).tiny)
    large = (others / missed).masked_fill_(~most, 0.0)
    rare = (others / (1 - others)).masked_fill_(most, 0.0)
    rest = (rare.sum(-1, keepdim=True) - rare) + (large.sum(-1, keepdim=True) - large)
    p.mul_(2 - targets - rest).sub_(targets)


def _sigmoid(inputs: Tensor, targets: Tensor, focusing: Tensor) -> None:
    inputs.sigmoid_().sub_(targets)


def _to_probabilities(inputs: Tensor) -> Tensor:
    inputs.sub_(inputs.amax(-1, keepdim=True)).exp_()
    return inputs.div_(inputs.sum(-1, keepdim=True))


_GRADIENTS: dict[Link, Callable[[Tensor, Tensor, Tensor], None]] = {
    "softmax": _softmax,
    "focal": _focal,
    "binary": _binary,
    "sigmoid": _sigmoid,
}
