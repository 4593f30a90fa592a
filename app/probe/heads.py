"""The heads that can be trained, P of them for each of S seeds at once, with gradients by hand.

All see the same mini-batch of their seed. Logits have shape (S B, P, K), so that a loss sees rows
of samples; parameters begin with (S, P, ...).
"""

from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.probe.method import Head
from app.probe.state import State

Array = NDArray[np.floating]


class Batch(NamedTuple):
    """Samples of one step.

    Attributes
    ----------
    features : (S, B, d + 1) tensor
        The last column is one.
    unit : (S, B, d) tensor or None
        Features of length 1; None if no head needs them.
    stage1 : (S, B, K) tensor or None
        Logits of stage 1; None if no head needs them.
    """

    features: Tensor
    unit: Tensor | None
    stage1: Tensor | None

    @property
    def first(self) -> Tensor:
        """Logits of stage 1 for every head, (S B, 1, K)."""
        assert self.stage1 is not None
        return self.stage1.flatten(0, 1)[:, None]

    def part(self, rows: slice) -> "Batch":
        """Some of the samples."""
        return Batch(*(None if values is None else values[:, rows] for values in self))  # type: ignore[arg-type]


class Origin(NamedTuple):
    """Where P heads of S seeds start.

    Attributes
    ----------
    start : (S, P, K, d + 1) tensor
        Rows of W with the bias as last entry.
    scale : (P,) tensor
        Of cosine logits.
    first : (S, K, d + 1) tensor
        Of stage 1.
    """

    start: Tensor
    scale: Tensor
    first: Tensor


class Heads(Protocol):
    """P heads of one kind for S seeds."""

    parameters: list[Tensor]

    def __init__(self, origin: Origin) -> None: ...

    def logits(self, batch: Batch) -> Tensor:
        """Logits (S B, P, K)."""
        ...

    def gradients(self, slopes: Tensor, batch: Batch) -> list[Tensor]:
        """Gradients of the parameters from those of the logits (S B, P, K) just computed."""
        ...

    def state(self) -> State:
        """The classifiers as they are, seeds outside, (S P, ...)."""
        ...


class LinearHeads:
    """``W x + b``."""

    def __init__(self, origin: Origin) -> None:
        self.parameters = [origin.start.clone()]

    def logits(self, batch: Batch) -> Tensor:
        """Logits (S B, P, K)."""
        return _products(batch.features, self.parameters[0])

    def gradients(self, slopes: Tensor, batch: Batch) -> list[Tensor]:
        """Of [W, b]."""
        return [_moments(slopes, batch.features, self.parameters[0])]

    def state(self) -> State:
        """W and b."""
        rows = _array(self.parameters[0]).reshape(-1, *self.parameters[0].shape[2:])
        return State.linear(rows[..., :-1], rows[..., -1])


class CosineHeads:
    """``scale <w_k, x> / (|w_k| |x|)``."""

    def __init__(self, origin: Origin) -> None:
        self.parameters = [origin.start[..., :-1].clone()]
        self._scale = origin.scale[None, :, None, None]
        self._norms = self._directions = self.parameters[0]

    def logits(self, batch: Batch) -> Tensor:
        """Logits (S B, P, K)."""
        assert batch.unit is not None
        self._normalize()
        return _products(batch.unit, self._directions * self._scale)

    def gradients(self, slopes: Tensor, batch: Batch) -> list[Tensor]:
        """Of W: at right angles to its rows."""
        assert batch.unit is not None
        g = _moments(slopes, batch.unit, self.parameters[0]).mul_(self._scale)
        along = (g * self._directions).sum(-1, keepdim=True)
        return [g.addcmul_(self._directions, along, value=-1).div_(self._norms)]

    def state(self) -> State:
        """Rows of the length that is the scale."""
        self._normalize()
        rows = _array(self._directions * self._scale)
        flat = rows.reshape(-1, *rows.shape[2:])
        return State.linear(flat, np.zeros(flat.shape[:2], flat.dtype), unit=True)

    def _normalize(self) -> None:
        norms = self.parameters[0].norm(dim=-1, keepdim=True)
        self._norms = norms.clamp_(min=torch.finfo(norms.dtype).tiny)
        self._directions = self.parameters[0] / self._norms


class ScaledHeads:
    """``c_k z_k`` on the logits of stage 1, bias included."""

    def __init__(self, origin: Origin) -> None:
        self.parameters = [torch.ones_like(origin.start[..., 0])]
        self._first = origin.first

    def logits(self, batch: Batch) -> Tensor:
        """Logits (S B, P, K)."""
        return batch.first * self._of_rows(batch)

    def gradients(self, slopes: Tensor, batch: Batch) -> list[Tensor]:
        """Of c."""
        seeds = len(self.parameters[0])
        return [_sums(slopes * batch.first, seeds)]

    def state(self) -> State:
        """The rows of stage 1, each times its factor."""
        rows = _array(self._first[:, None] * self.parameters[0][..., None])
        flat = rows.reshape(-1, *rows.shape[2:])
        return State.linear(flat[..., :-1], flat[..., -1])

    def _of_rows(self, batch: Batch) -> Tensor:
        return _by_row(self.parameters[0], batch.features.shape[1])


class GatedHeads:
    """``z + c (s z + b)`` on the logits z of stage 1, with a gate c = sigmoid(<v, x> + u).

    The form of DisAlign in which weight decay pulls towards stage 1. It starts there, with gates
    of one half.
    """

    def __init__(self, origin: Origin) -> None:
        nothing = torch.zeros_like(origin.start[..., 0])
        gate = torch.zeros_like(origin.start[:, :, 0])
        self.parameters = [nothing, nothing.clone(), gate]
        self._first = origin.first

    def logits(self, batch: Batch) -> Tensor:
        """Logits (S B, P, K)."""
        length = batch.features.shape[1]
        gain, shift, gate = self.parameters
        self._gates = torch.sigmoid(batch.features @ gate.mT).flatten(0, 1)[..., None]
        self._changes = torch.addcmul(_by_row(shift, length), _by_row(gain, length), batch.first)
        return torch.addcmul(batch.first, self._gates, self._changes)

    def gradients(self, slopes: Tensor, batch: Batch) -> list[Tensor]:
        """Of s, b and (v, u)."""
        seeds = len(self.parameters[0])
        gated = slopes * self._gates
        opening = (slopes * self._changes).sum(-1, keepdim=True)
        inner = (opening * self._gates * (1 - self._gates)).view(seeds, -1, opening.shape[1])
        return [
            _sums(gated * batch.first, seeds),
            _sums(gated, seeds),
            inner.mT @ batch.features,
        ]

    def state(self) -> State:
        """Stage 1 with gain, shift and gate."""
        gain, shift, gate = (_array(part).reshape(-1, part.shape[-1]) for part in self.parameters)
        count = self.parameters[0].shape[1]
        rows = _array(self._first).repeat(count, axis=0)
        linear = State.linear(rows[..., :-1], rows[..., -1])
        return linear._replace(gain=gain, shift=shift, gate=gate)


HEADS: dict[Head, type[Heads]] = {
    "linear": LinearHeads,
    "cosine": CosineHeads,
    "scaled": ScaledHeads,
    "gated": GatedHeads,
}


def _products(features: Tensor, rows: Tensor) -> Tensor:
    """Logits (S B, P, K) of features (S, B, D) with rows (S, P, K, D)."""
    _, heads, num_classes, _ = rows.shape
    return torch.bmm(features, rows.flatten(1, 2).mT).view(-1, heads, num_classes)


def _moments(slopes: Tensor, features: Tensor, like: Tensor) -> Tensor:
    """Sums over samples of slope times feature, (S, P, K, D)."""
    flat = slopes.view(len(features), -1, like.shape[1] * like.shape[2])
    return torch.bmm(flat.mT, features).view(like.shape)


def _by_row(values: Tensor, length: int) -> Tensor:
    """Values (S, P, K) of each seed for its rows, (S B, P, K)."""
    return values[:, None].expand(-1, length, -1, -1).flatten(0, 1)


def _sums(slopes: Tensor, seeds: int) -> Tensor:
    """Sums (S, P, K) over the samples of each seed."""
    return slopes.view(seeds, -1, *slopes.shape[1:]).sum(1)


def _array(values: Tensor) -> Array:
    """A copy in memory of its own."""
    return values.detach().cpu().numpy().copy()
