"""Many heads trained at once by stochastic gradient descent on shared mini-batches.

Twenty heads one after another spend their time on launching operations; stacked they share them.
Heads of one sampler see the same batches, and each is what training it alone would give.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.features import Rows
from app.losses.stacked import Stacked
from app.losses.tables import LINKS, Link
from app.probe.candidates import Candidate, rate_factor, switch_epoch, table_of
from app.probe.heads import HEADS, Batch, Heads, Origin
from app.probe.methods import Head, Sampler
from app.probe.sampling import epoch_rows
from app.probe.spec import ProbeSpec
from app.probe.starts import Classifier
from app.probe.state import State, join

IntArray = NDArray[np.int64]

# Numbers of features gathered at a time.
_CHUNK = 2_000_000


class Problem:
    """What heads are trained on: the rows of every seed, on the device.

    Parameters
    ----------
    spec : ProbeSpec
    rows : sequence of S Rows
        Training rows of each seed, equally many of each class; the same object where the rows
        are the same.
    counts : (K,) array
    device : str
    """

    def __init__(
        self, spec: ProbeSpec, rows: Sequence[Rows], counts: IntArray, device: str
    ) -> None:
        self.spec, self.counts, self.device = spec, counts, device
        self.labels = [part.labels for part in rows]
        self.dtype = getattr(torch, spec.dtype)
        distinct = list({id(part): part for part in rows}.values())
        lengths = np.cumsum([0, *(part.labels.size for part in distinct)])
        place = {id(part): int(first) for part, first in zip(distinct, lengths, strict=False)}
        self.offsets = np.array([place[id(part)] for part in rows])
        features = np.concatenate([part.features for part in distinct])
        self.features = self.tensor(np.c_[features, np.ones(len(features), features.dtype)])
        self.flat_labels = torch.as_tensor(
            np.concatenate([part.labels for part in distinct]), device=device
        )
        norms = self.features[:, :-1].norm(dim=1, keepdim=True)
        self.unit = self.features[:, :-1] / norms.clamp(min=torch.finfo(self.dtype).tiny)

    @property
    def steps_an_epoch(self) -> int:
        """Steps in which every row is drawn once."""
        return -(-self.labels[0].size // self.spec.batch_size)

    def tensor(self, values: object) -> Tensor:
        """Values in the precision and on the device of the problem."""
        return torch.as_tensor(np.asarray(values), dtype=self.dtype, device=self.device)


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
        stage1 = np.stack([_rows(part) for part in first])
        origin = Origin(
            tensor(np.stack([[_rows(part) for part in of_seed] for of_seed in starts])),
            tensor([method.scale for method in methods]),
            tensor(stage1),
        )
        self.heads: Heads = HEADS[methods[0].head](origin)
        self._memory = [torch.zeros_like(part) for part in self.heads.parameters]
        self._decays = [self._decay(part) for part in self.heads.parameters]
        self._radius = tensor(_radii(stage1[..., :-1], [method.max_norm for method in methods]))
        self._links: list[Link] = [LINKS[str(method.loss)] for method in methods]
        self._losses: list[tuple[slice, Stacked]] = []
        self._rates: list[Tensor] = []

    def begin(self, epoch: int) -> None:
        """Set the rates and losses of an epoch."""
        spec, tensor = self._problem.spec, self._problem.tensor
        rates = tensor([-c.learning_rate * rate_factor(spec, epoch) for c in self._chosen])
        self._rates = [_along(rates, part) for part in self.heads.parameters]
        if epoch in {0, *(switch_epoch(c.method, spec) for c in self._chosen)}:
            tables = [table_of(c.method, spec, self._problem.counts, epoch) for c in self._chosen]
            self._losses = [
                (part, Stacked(tables[part], self._rates[0])) for part in _runs(self._links)
            ]

    def step(self, batch: Batch, labels: Tensor) -> None:
        """Take one step on a batch; ``labels`` are of its S B rows."""
        z = self.heads.logits(batch)
        for part, loss in self._losses:
            loss.gradient_(z[:, part], labels, 1 / batch.features.shape[1])
        gradients = self.heads.gradients(z, batch)
        for theta, g, memory, decay, rate in zip(
            self.heads.parameters, gradients, self._memory, self._decays, self._rates, strict=True
        ):
            memory.mul_(self._problem.spec.momentum).add_(g.addcmul_(decay, theta))
            theta.addcmul_(memory, rate)

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


class Trainer:
    """All heads that draw their samples alike.

    Parameters
    ----------
    problem : Problem
    sampler : str
    heads : dict of int to Candidate
        Candidates by their place among all.
    starts : sequence of S dicts of int to Classifier
        Where each starts.
    first : sequence of S Classifier
        Of stage 1.
    """

    def __init__(
        self,
        problem: Problem,
        sampler: Sampler,
        heads: dict[int, Candidate],
        starts: Sequence[dict[int, Classifier]],
        first: Sequence[Classifier],
    ) -> None:
        self._problem, self._sampler, self._step = problem, sampler, 0
        kinds: dict[Head, list[int]] = {}
        for place in sorted(heads, key=lambda i: LINKS[str(heads[i].method.loss)]):
            kinds.setdefault(heads[place].method.head, []).append(place)
        self._groups = [
            Group(
                problem,
                places,
                [heads[i] for i in places],
                [[of_seed[i] for i in places] for of_seed in starts],
                first,
            )
            for places in kinds.values()
        ]
        self._needs_unit = "cosine" in kinds
        self._first = None
        if {"scaled", "gated"} & set(kinds):
            self._first = problem.tensor(np.stack([_rows(part) for part in first]))
        self._rows = np.empty((0, 0), dtype=np.int64)

    @torch.inference_mode()
    def advance(self, steps: int) -> None:
        """Take some steps."""
        end = self._step + steps
        while self._step < end:
            epoch, done = divmod(self._step, self._problem.steps_an_epoch)
            if done == 0:
                self._begin(epoch)
            last = min(end - epoch * self._problem.steps_an_epoch, self._problem.steps_an_epoch)
            self._steps(done, last)
            self._step += last - done
            if last == self._problem.steps_an_epoch:
                for group in self._groups:
                    group.end()

    def state(self) -> tuple[list[int], State]:
        """Places of the heads among all, and the classifiers, seeds outside: (S, P)."""
        seeds = len(self._problem.labels)
        places = [place for group in self._groups for place in group.places]
        states = [group.heads.state() for group in self._groups]
        sizes = [len(group.places) for group in self._groups]
        by_seed = [
            state.take(slice(s * size, (s + 1) * size))
            for s in range(seeds)
            for state, size in zip(states, sizes, strict=True)
        ]
        return places, join(by_seed)

    def _begin(self, epoch: int) -> None:
        problem = self._problem
        drawn = [
            epoch_rows(labels, self._sampler, seed, epoch)
            for labels, seed in zip(problem.labels, problem.spec.all_seeds, strict=True)
        ]
        self._rows = np.stack(drawn) + problem.offsets[:, None]
        for group in self._groups:
            group.begin(epoch)

    def _steps(self, first: int, last: int) -> None:
        """Take the steps of the epoch from one to before another."""
        size = self._problem.spec.batch_size
        width = self._problem.features.shape[1] * len(self._rows)
        chunk = max(1, _CHUNK // (width * size)) * size
        for start in range(first * size, last * size, chunk):
            stop = min(start + chunk, last * size, self._rows.shape[1])
            rows = torch.as_tensor(self._rows[:, start:stop], device=self._problem.device)
            self._steps_on(rows, size)

    def _steps_on(self, rows: Tensor, size: int) -> None:
        problem = self._problem
        labels = problem.flat_labels[rows]
        features = problem.features[rows]
        unit = problem.unit[rows] if self._needs_unit else None
        first = None if self._first is None else torch.bmm(features, self._first.mT)
        for start in range(0, rows.shape[1], size):
            part = slice(start, start + size)
            batch = Batch(
                features[:, part],
                None if unit is None else unit[:, part],
                None if first is None else first[:, part].flatten(0, 1)[:, None],
            )
            of_rows = labels[:, part].flatten()
            for group in self._groups:
                group.step(batch, of_rows)


def _rows(classifier: Classifier) -> NDArray[np.float64]:
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
