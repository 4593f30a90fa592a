"""Many heads trained at once by stochastic gradient descent on shared mini-batches.

Twenty heads one after another spend their time on launching operations; stacked they share them.
Heads of one sampler see the same batches, and each is what training it alone would give.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from app.losses.tables import LINKS
from app.probe.candidates import Candidate
from app.probe.group import Group, rows_of
from app.probe.heads import Batch
from app.probe.method import Head, Sampler
from app.probe.problem import Problem
from app.probe.sampling import epoch_rows
from app.probe.starts import Classifier
from app.probe.state import State, join

# Numbers of features gathered at a time.
_CHUNK = 2_000_000


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
            self._first = problem.tensor(np.stack([rows_of(part) for part in first]))
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
