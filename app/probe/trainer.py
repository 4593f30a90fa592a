"""Many heads trained at once by stochastic gradient descent on shared mini-batches.

Twenty heads one after another spend their time on launching operations; stacked they share them.
Heads of one sampler see the same batches, and each is what training it alone would give.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from app.device.memory import Portion
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
        self._needs_unit = "cosine" in kinds
        self._first = None
        with problem.lane():
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
            if {"scaled", "gated"} & set(kinds):
                self._first = problem.tensor(np.stack([rows_of(part) for part in first]))
            size = problem.spec.batch_size
            self._chosen = problem.places(np.zeros((len(problem.labels), size), dtype=np.int64))
        self._piece = Portion(size, problem.lane.device)
        self._rows = self._chosen[:, :0]
        self._replay: Callable[[], None] | None = None

    @torch.inference_mode()
    def advance(self, steps: int) -> None:
        """Take some steps."""
        with self._problem.lane():
            self._advance(steps)

    def _advance(self, steps: int) -> None:
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
        with self._problem.lane():
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
        self._rows = problem.places(np.stack(drawn) + problem.offsets[:, None])
        changed = [group.begin(epoch) for group in self._groups]
        if any(changed):
            self._forget()

    def _steps(self, first: int, last: int) -> None:
        """Take the steps of the epoch from one to before another."""
        size = self._problem.spec.batch_size
        due = self._rows[:, first * size : last * size]
        if self._problem.lane.replays:
            for rows in torch.split(due, size, dim=1):
                self._piece.fitted(partial(self._step_on, rows), self._forget)
            return
        width = self._problem.features.shape[1] * len(self._rows)
        chunk = max(1, _CHUNK // (width * size)) * size
        for rows in torch.split(due, chunk, dim=1):
            self._steps_on(rows, size)

    def _steps_on(self, rows: Tensor, size: int) -> None:
        """Take the steps on rows (S, B) in mini-batches, gathered together."""
        batch, labels = self._gathered(rows)
        for start in range(0, rows.shape[1], size):
            part = slice(start, start + size)
            of_rows = labels[:, part]
            share = 1 / of_rows.shape[1]
            for group in self._groups:
                group.add(batch.part(part), of_rows.flatten(), share, first=True)
                group.move()

    def _step_on(self, rows: Tensor) -> None:
        """Take a step on one mini-batch (S, B), by a graph if it is one of full size."""
        if rows.shape != self._chosen.shape:
            self._take(rows)
            return
        self._chosen.copy_(rows)
        if self._replay is None:
            moving = [part for group in self._groups for part in group.moving]
            self._replay = self._problem.lane.replayed(lambda: self._take(self._chosen), moving)
        self._replay()

    def _take(self, rows: Tensor) -> None:
        """Take a step; nothing moves before all gradients of all groups are there."""
        for start in range(0, rows.shape[1], self._piece.size):
            batch, labels = self._gathered(rows[:, start : start + self._piece.size])
            for group in self._groups:
                group.add(batch, labels.flatten(), 1 / rows.shape[1], first=start == 0)
        for group in self._groups:
            group.move()

    def _gathered(self, rows: Tensor) -> tuple[Batch, Tensor]:
        """Samples of rows (S, B), and their labels."""
        problem = self._problem
        features = problem.features[rows]
        first = None if self._first is None else torch.bmm(features, self._first.mT)
        unit = problem.unit[rows] if self._needs_unit else None
        return Batch(features, unit, first), problem.flat_labels[rows]

    def _forget(self) -> None:
        self._replay = None
