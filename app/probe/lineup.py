"""The heads of a comparison before training: cut data, stage 1, post-hoc rules and starts."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import Setup
from app.data.features import FeatureSet
from app.data.recut import recut
from app.probe.candidates import candidates
from app.probe.judge import Jury
from app.probe.posthoc import Adjusted, adjust, is_vote, setup_of, votes
from app.probe.spec import ProbeSpec
from app.probe.starts import Classifier, stage1, start_of
from app.probe.state import State, join

FloatArray = NDArray[np.float64]


class Lineup:
    """Heads as they start, for every seed.

    Parameters
    ----------
    spec : ProbeSpec
    data : FeatureSet

    Attributes
    ----------
    heads : tuple of C Candidate
    sets : list of S FeatureSet
        The same object for all seeds where nothing is cut.
    first : list of S Classifier
        Stage 1.
    counts : (K,) int64 array
    """

    def __init__(self, spec: ProbeSpec, data: FeatureSet) -> None:
        self._spec, self.heads = spec, candidates(spec)
        self.sets = [_cut(data, spec, seed) for seed in spec.all_seeds]
        self.counts = self.sets[0].class_counts
        fitted = {id(part): stage1(part, spec.stage1_decay) for part in self.sets}
        self.first = [fitted[id(part)] for part in self.sets]
        self._adjusted: dict[tuple[int, int], Adjusted] = {}

    def start(self, chooser: Jury | None) -> State:
        """Return the classifiers before training, (C S), with rules tuned on the chooser's rows."""
        places = np.ndindex(len(self.heads), self._spec.seeds)
        joined = join([self._start(c, s, chooser) for c, s in places])
        kind = np.dtype(self._spec.dtype)
        return State(*(part if part.dtype == bool else part.astype(kind) for part in joined))

    def begin(self, candidate: int, seed: int) -> Classifier:
        """Where a candidate starts for the seed of that position."""
        method = self.heads[candidate].method
        return start_of(method.start, self.sets[seed], self.first[seed], self._spec.all_seeds[seed])

    def vote_counters(self) -> dict[int, Callable[[Jury], FloatArray]]:
        """What counts the votes of each head that votes, by its place among all (C S)."""

        def counter(adjusted: Adjusted, seed: int) -> Callable[[Jury], FloatArray]:
            return lambda jury: votes(*adjusted[:2], self._logits(jury, seed), self._setup(seed))

        return {
            c * self._spec.seeds + s: counter(adjusted, s)
            for (c, s), adjusted in self._adjusted.items()
            if is_vote(adjusted.rule)
        }

    def parameters(self) -> FloatArray:
        """Values of post-hoc rules, (M, S); NaN for other methods."""
        found = np.full((len(self._spec.methods), self._spec.seeds), np.nan)
        for (c, s), adjusted in self._adjusted.items():
            found[self._spec.methods.index(self.heads[c].method.name), s] = adjusted.value
        return found

    def _start(self, candidate: int, seed: int, chooser: Jury | None) -> State:
        rule, first = self.heads[candidate].method.rule, self.first[seed]
        if rule is None:
            begin = self.begin(candidate, seed)
            return State.linear(begin.weights[None], begin.bias[None])
        tuning = None if chooser is None else (self._logits(chooser, seed), chooser.labels)
        adjusted = adjust(rule, first, self._setup(seed), tuning, self._spec.metric)
        self._adjusted[candidate, seed] = adjusted
        return adjusted.state

    def _setup(self, seed: int) -> Setup:
        return setup_of(self.counts, *self.first[seed])

    def _logits(self, jury: Jury, seed: int) -> FloatArray:
        """Stage-1 logits (N, K)."""
        first = self.first[seed]
        state = State.linear(first.weights[None], first.bias[None])
        return np.asarray(jury.columns.logits(state)[0].T)


def _cut(data: FeatureSet, spec: ProbeSpec, seed: int) -> FeatureSet:
    """The data with the training rows of a seed."""
    return data if spec.ratio is None else recut(data, spec.ratio, spec.profile, seed)
