"""Classifiers of one form, whatever head was trained, and what they score."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class State(NamedTuple):
    """H classifiers; one has logits ``z + c (gain z + shift)`` with z = W x + b.

    The gate c is the sigmoid of ``<v, x> + u``. But for DisAlign gain and shift are zero.

    Attributes
    ----------
    weights : (H, K, d) array
    bias, gain, shift : (H, K) arrays
    gate : (H, d + 1) array
        v, then u.
    unit : (H,) bool array
        Whether z is of features scaled to length 1.
    """

    weights: Array
    bias: Array
    gain: Array
    shift: Array
    gate: Array
    unit: Array

    @classmethod
    def linear(cls, weights: Array, bias: Array, unit: bool = False) -> "State":
        """Plain linear classifiers from weights (H, K, d) and bias (H, K)."""
        heads, _, dim = weights.shape
        nothing = np.zeros_like(bias)
        gate = np.zeros((heads, dim + 1), dtype=bias.dtype)
        return cls(weights, bias, nothing, nothing, gate, np.full(heads, unit))

    def take(self, heads: slice | NDArray[np.int64]) -> "State":
        """Some of the classifiers."""
        return State(*(part[heads] for part in self))


def join(states: "list[State]") -> State:
    """The classifiers of several states, one after another."""
    return State(*(np.concatenate(parts) for parts in zip(*states, strict=True)))


class Columns:
    """Features by column, raw and of length 1, from which classifiers compute logits.

    Parameters
    ----------
    features : (N, d) array
    """

    def __init__(self, features: Array) -> None:
        self._raw = np.ascontiguousarray(features.T)
        self._unit: Array | None = None

    @property
    def count(self) -> int:
        """N."""
        return int(self._raw.shape[1])

    def logits(self, state: State) -> Array:
        """Return logits (H, K, N); rows of length 0 have cosines 0."""
        heads, num_classes, _ = state.weights.shape
        found = np.empty((heads, num_classes, self.count), dtype=self._raw.dtype)
        for unit in (False, True):
            chosen = np.flatnonzero(state.unit == unit)
            if chosen.size:
                found[chosen] = self._linear(state.take(chosen), unit)
        gated = np.flatnonzero((state.gain != 0).any(axis=1) | (state.shift != 0).any(axis=1))
        if gated.size:
            from scipy.special import expit

            part, z = state.take(gated), found[gated]
            inputs = part.gate[:, :-1] @ self._raw + part.gate[:, -1:]
            found[gated] = z + expit(inputs)[:, None] * (
                part.gain[..., None] * z + part.shift[..., None]
            )
        return found

    def _linear(self, state: State, unit: bool) -> Array:
        heads, num_classes, dim = state.weights.shape
        flat = state.weights.reshape(-1, dim).astype(self._raw.dtype, copy=False)
        z = (flat @ self._columns(unit)).reshape(heads, num_classes, -1)
        z += state.bias[..., None].astype(z.dtype, copy=False)
        return np.asarray(z)

    def _columns(self, unit: bool) -> Array:
        if not unit:
            return self._raw
        if self._unit is None:
            norms = np.linalg.norm(self._raw, axis=0)
            self._unit = self._raw / np.maximum(norms, np.finfo(self._raw.dtype).tiny)
        return self._unit
