"""The heads of a comparison: each method with each learning rate and decay that is tried."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from app.losses.tables import LossTable, loss_table
from app.probe.method import Method
from app.probe.methods import METHODS
from app.probe.spec import ProbeSpec


@dataclass(frozen=True)
class Candidate:
    """A method with numbers.

    Attributes
    ----------
    method : Method
    learning_rate, weight_decay : float
        NaN if it is not trained.
    """

    method: Method
    learning_rate: float = math.nan
    weight_decay: float = math.nan


def candidates(spec: ProbeSpec) -> tuple[Candidate, ...]:
    """Return all heads, those of a method side by side: rates outside, decays inside.

    A method that is not trained has one.
    """
    return tuple(found for name in spec.methods for found in _tried(METHODS[name], spec))


def _tried(method: Method, spec: ProbeSpec) -> list[Candidate]:
    if not method.trained:
        return [Candidate(method)]
    recipe = method.recipe
    own = recipe.learning_rate * spec.batch_size / recipe.batch_size
    return [
        Candidate(method, rate, decay)
        for rate in spec.learning_rates or (own,)
        for decay in spec.weight_decays or (recipe.weight_decay,)
    ]


def table_of(method: Method, spec: ProbeSpec, counts: ArrayLike, epoch: int) -> LossTable:
    """Return the loss of a trained method in an epoch, counted from 0."""
    assert method.loss is not None
    numbers: dict[str, Any] = dict(method.parameters)
    numbers |= {name: getattr(spec, setting) for name, setting in method.settings.items()}
    if epoch >= switch_epoch(method, spec):
        numbers |= method.late
    return loss_table(method.loss, counts, **numbers)


def switch_epoch(method: Method, spec: ProbeSpec) -> int:
    """Return the epoch from which a method's late parameters apply; beyond the last for never."""
    return round(method.deferral * spec.epochs)


def rate_factor(spec: ProbeSpec, epoch: int) -> float:
    """Factor on the learning rate in an epoch, counted from 0.

    "cosine" is ``(1 + cos(pi epoch / epochs)) / 2``, stepped by epoch.
    """
    if spec.schedule == "constant":
        return 1.0
    return (1 + math.cos(math.pi * epoch / spec.epochs)) / 2
