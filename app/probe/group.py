"""Heads of one kind on their way: losses, rates, decays, momentum and constraint of each."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.losses.stacked import Stacked
from app.losses.tables import LINKS, Link
from app.probe.candidates import Candidate, rate_factor, switch_epoch, table_of
from app.probe.heads import HEADS, Batch, Heads, Origin
from app.probe.problem import Problem
from app.probe.starts import Classifier


class Group:
    """Heads of one kind; those whose losses have one link are neighbours.

    Parameters
    ----------
    problem : Problem
    places : list of int
        Which candidates these are.
    chosen : sequence of P Candidate
        Sorted by link.
    starts : sequence of S sequences of P Classifier
    first : sequence of S Classifier
        Of stage 1.
    """

    def __init__(
        self,
        problem: Problem,
        places: list[int],
        chosen: Sequence[Candidate],
        starts: Sequence[Sequence[Classifier]],
        first: Sequence[Classifier],
    ) -> None:
        self._problem, self.places, self._chosen = problem, places, chosen
        tensor, methods = problem.tensor, [candidate.method for candidate in chosen]
        stage1 = np.stack([rows_of(part) for part in first])
        origin = Origin(
            tensor(np.stack([[rows_of(part) for part in of_seed] for of_seed in starts])),
            tensor([method.scale for method in methods]),
            tensor(stage1),
        )
        self.heads: Heads = HEADS[methods[0].head](origin)
        self._memory = [torch.zeros_like(part) for part in self.heads.parameters]
        self._decays = [self._decay(part) for part in self.heads.parameters]
        self._radius = tensor(_radii(stage1[..., :-1], [method.max_norm for method in methods]))
        self._links: list[Link] = [LINKS[str(method.loss)] for method in methods]
        self._losses: list[tuple[slice, Stacked]] = []
        self._rates = [_along(tensor(np.zeros(len(chosen))), part) for part in self._memory]
        self._gradients: list[Tensor] = []

    @property
    def moving(self) -> list[Tensor]:
        """What a step changes."""
        return [*self.heads.parameters, *self._memory]

    def begin(self, epoch: int) -> bool:
        """Set the rates and losses of an epoch; return whether losses are other ones."""
        spec, tensor = self._problem.spec, self._problem.tensor
        rates = tensor([-c.learning_rate * rate_factor(spec, epoch) for c in self._chosen])
        for mine in self._rates:  # In place, where a graph finds them.
            mine.copy_(_along(rates, mine))
        if epoch not in {0, *(switch_epoch(c.method, spec) for c in self._chosen)}:
            return False
        tables = [table_of(c.method, spec, self._problem.counts, epoch) for c in self._chosen]
        self._losses = [(part, Stacked(tables[part], rates)) for part in _runs(self._links)]
        return True

    def add(self, batch: Batch, labels: Tensor, share: float, first: bool) -> None:
        """Add to the gradients those of ``share`` times the loss of each of some rows."""
        z = self.heads.logits(batch)
        for part, loss in self._losses:
            loss.gradient_(z[:, part], labels, share)
        gradients = self.heads.gradients(z, batch)
        if not first:
            for g, before in zip(gradients, self._gradients, strict=True):
                g.add_(before)
        self._gradients = gradients

    def move(self) -> None:
        """Take one step along the gradients."""
        for theta, g, memory, decay, rate in zip(
            self.heads.parameters,
            self._gradients,
            self._memory,
            self._decays,
            self._rates,
            strict=True,
        ):
            memory.mul_(self._problem.spec.momentum).add_(g.addcmul_(decay, theta))
            theta.addcmul_(memory, rate)
        self._gradients = []

    def end(self) -> None:
        """Bring rows that have become longer than their method allows back to that length."""
        if not torch.isfinite(self._radius).any():
            return
        rows = self.heads.parameters[0][..., :-1]
        norms = rows.norm(dim=-1, keepdim=True)
        rows.mul_(torch.where(norms > self._radius, self._radius / norms, 1.0))

    def _decay(self, part: Tensor) -> Tensor:
        """Decays that broadcast over a parameter; none on the bias where a recipe says so."""
        decay = _along(self._problem.tensor([c.weight_decay for c in self._chosen]), part)
        free = [not c.method.recipe.bias_decays for c in self._chosen]
        if part.ndim < 4 or not any(free):
            return decay
        decay = decay.expand(1, -1, 1, part.shape[-1]).clone()
        decay[:, np.flatnonzero(free), :, -1] = 0.0
        return decay


def rows_of(classifier: Classifier) -> NDArray[np.float64]:
    """[W, b], (K, d + 1)."""
    return np.concatenate([classifier.weights, classifier.bias[:, None]], axis=1)


def _radii(weights: NDArray[np.float64], shares: Sequence[float | None]) -> NDArray[np.float64]:
    """Largest norms allowed, (S, P, 1, 1), from stage-1 rows (S, K, d); infinite for no limit."""
    norms = np.linalg.norm(weights, axis=-1)
    low, high = norms.min(axis=1), norms.max(axis=1)
    found = [
        np.full(len(norms), np.inf) if share is None else low + share * (high - low)
        for share in shares
    ]
    return np.asarray(np.stack(found, axis=1)[..., None, None])


def _along(values: Tensor, part: Tensor) -> Tensor:
    """Numbers (P,) shaped to broadcast over a parameter (S, P, ...)."""
    return values.view(1, -1, *[1] * (part.ndim - 2))


def _runs(links: Sequence[Link]) -> list[slice]:
    """Slices of neighbours that are equal."""
    starts = [i for i, link in enumerate(links) if i == 0 or links[i - 1] != link]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(links)], strict=True)]
