"""The state of a comparison on its way: what every head does, and which states are reported."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import METRICS
from app.probe.candidates import Candidate
from app.probe.judge import Findings
from app.probe.measures import weight_norms
from app.probe.sampling import recorded_steps
from app.probe.selection import choosing_split, may_be_reported
from app.probe.spec import ProbeSpec
from app.probe.state import State
from app.runs import Snapshot

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Board:
    """Keeps the scores of every head at every recorded step, and the reported states.

    Heads are candidates times seeds, (C, S) flattened; methods are the M of the spec.

    Parameters
    ----------
    spec : ProbeSpec
    heads : tuple of C Candidate
    steps_an_epoch : int
        0 if nothing is trained.

    Attributes
    ----------
    steps : tuple of T int
        After which states are to be recorded.
    """

    def __init__(
        self,
        spec: ProbeSpec,
        heads: tuple[Candidate, ...],
        steps_an_epoch: int,
    ) -> None:
        self._spec, self._epoch, self._time = spec, steps_an_epoch, -1
        self.steps = recorded_steps(steps_an_epoch, spec.epochs) if steps_an_epoch else (0,)
        self._trained = np.array([candidate.method.trained for candidate in heads])
        names = [candidate.method.name for candidate in heads]
        # First candidate of each method, and how many it has.
        self._first = np.array([names.index(name) for name in spec.methods])
        self._several = np.array([names.count(name) for name in spec.methods])
        shape = (len(self.steps), len(heads), spec.seeds, len(METRICS))
        self._history = {split: np.full(shape, np.nan) for split in ("test", "validation")}
        methods = len(spec.methods), spec.seeds
        self._best = np.full(methods, -np.inf)
        self._chosen_step = np.zeros(methods, dtype=np.int64)
        self._chosen = np.repeat(self._first[:, None], spec.seeds, axis=1)
        self._reported: dict[str, NDArray[Any]] = {}

    def record(
        self, state: State, findings: Findings, test: FloatArray, validation: FloatArray | None
    ) -> None:
        """Take the state of all heads at the next recorded step.

        Parameters
        ----------
        state : State
            Of C S heads.
        findings : Findings
            On test rows.
        test, validation : (C S, Q) arrays
            Every metric; no validation without such rows.
        """
        self._time += 1
        shape = self._history["test"].shape[1:]
        self._history["test"][self._time] = test.reshape(shape)
        if validation is not None:
            self._history["validation"][self._time] = validation.reshape(shape)
        self._now = {
            "recalls": findings.recalls,
            "magnitude": findings.magnitude,
            "deviation": findings.deviation,
            "norms": weight_norms(state.weights),
        }
        if self._time == 0:
            self._start(state)
        for m, s in np.ndindex(self._best.shape):
            self._choose(m, s, state)

    def snapshot(self, step: int, extra: Mapping[str, NDArray[Any]]) -> Snapshot:
        """Return copies of everything; ``extra`` are arrays that do not change."""
        heads, seeds = self._history["test"].shape[1:3]
        arrays: dict[str, NDArray[Any]] = {k: v.copy() for k, v in self._reported.items()}
        arrays |= {f"now/{k}": v.reshape(heads, seeds, -1).copy() for k, v in self._now.items()}
        arrays |= {f"history/{split}": v.copy() for split, v in self._history.items()}
        arrays |= {
            "history/step": np.array(self.steps),
            "chosen_step": self._chosen_step.copy(),
            "chosen_candidate": self._chosen.copy(),
        }
        # The history of scores is an array already, and the trajectory of every weight is large.
        return Snapshot(step, arrays | dict(extra), self._metrics(step), followed=())

    def _metrics(self, step: int) -> dict[str, float]:
        """Mean over seeds of what is reported so far, on test rows."""
        times = np.searchsorted(self.steps, self._chosen_step)
        seeds = np.arange(self._spec.seeds)
        found = self._history["test"][times, self._chosen, seeds].mean(axis=1)
        metrics = {"epoch": step / max(1, self._epoch)}
        for name, row in zip(self._spec.methods, found, strict=True):
            metrics |= {
                f"{name}/{metric}": float(v) for metric, v in zip(METRICS, row, strict=True)
            }
        return metrics

    def _start(self, state: State) -> None:
        """Report the first candidates at step 0 until something is eligible."""
        parts = state._asdict() | self._now
        seeds = self._spec.seeds
        flat = (self._chosen * seeds + np.arange(seeds)).ravel()
        for name, values in parts.items():
            key = "classifier" if name == "weights" else name
            self._reported[key] = values[flat].reshape(-1, seeds, *values.shape[1:])

    def _choose(self, method: int, seed: int, state: State) -> None:
        """Report the best candidate of a method now, if it beats what is reported."""
        first, several = self._first[method], self._several[method]
        selection, metric = self._spec.selection, METRICS.index(self._spec.metric)
        if not may_be_reported(
            selection, self.steps[self._time], self._epoch, bool(self._trained[first])
        ):
            return
        split = choosing_split(selection)
        scores = self._history[split][self._time, first : first + several, seed, metric]
        scores = np.where(np.isnan(scores), -math.inf, scores)
        best = int(scores.argmax())
        fresh = self._chosen_step[method, seed] == 0
        if selection == "last" or fresh or scores[best] > self._best[method, seed]:
            self._best[method, seed] = scores[best]
            self._report(method, seed, first + best, state)

    def _report(self, method: int, seed: int, candidate: int, state: State) -> None:
        self._chosen[method, seed] = candidate
        self._chosen_step[method, seed] = self.steps[self._time]
        flat = candidate * self._spec.seeds + seed
        for name, values in (state._asdict() | self._now).items():
            key = "classifier" if name == "weights" else name
            self._reported[key][method, seed] = values[flat]
