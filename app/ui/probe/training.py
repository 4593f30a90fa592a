"""The comparison behind the page: stored, or being computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st
from numpy.typing import NDArray

from app.data.features import FeatureSet
from app.data.recut import recut_counts
from app.device import device_for
from app.probe import ProbeSpec, candidates, run
from app.probe.checks import check_data, check_request
from app.runs import Job, Run, Runner
from app.ui.jobs import runner
from app.ui.jobs import store as run_store
from app.ui.probe.data import is_own
from app.ui.probe.words import PAGE

_HELD = f"{PAGE}:held"
_ACTIVE = ("queued", "running")
# Products of training rows, weights and epochs that are computed without being asked for: some
# seconds.
UNASKED = 6e10


class Seen(NamedTuple):
    """What a comparison has come to.

    Attributes
    ----------
    arrays, metrics : mappings
        See `app.probe.run`.
    run : Run or None
        Once it has ended.
    """

    arrays: Mapping[str, NDArray[Any]]
    metrics: Mapping[str, float]
    run: Run | None


@dataclass(eq=False)
class Held:
    """What a session has of a comparison: the run, or the job that computes it."""

    spec: ProbeSpec
    job: Job | None = None
    run: Run | None = None
    halted: bool = False

    @property
    def active(self) -> bool:
        """Whether it is being computed."""
        return self.job is not None and self.job.state in _ACTIVE

    @property
    def problem(self) -> str | None:
        """Why there is no run, in one sentence."""
        return self.job.problem if self.job is not None else None

    def seen(self) -> Seen | None:
        """What is known so far."""
        if self.run is None and self.job is not None:
            if self.job.state in _ACTIVE:
                found = self.job.snapshots_since(-1)[-1:]
                return Seen(found[0].arrays, found[0].metrics, None) if found else None
            self.run = self.job.run
        return None if self.run is None else Seen(self.run.arrays, self.run.metrics, self.run)

    def halt(self) -> None:
        """End computing and keep what there is."""
        if self.job is not None:
            self.halted = True
            self.job.stop()


def held(spec: ProbeSpec, data: FeatureSet) -> Held:
    """Return this session's comparison of these settings; what is quick begins by itself.

    Raises
    ------
    UserError
        If settings or data cannot be used.
    """
    found: Held | None = st.session_state.get(_HELD)
    if found is not None and found.spec == spec and not _abandoned(found):
        return found
    if found is not None and found.job is not None:
        found.job.stop()
    check_data(data)
    check_request(spec, data)
    fresh = st.session_state[_HELD] = stored(spec)
    if fresh.run is None and cost(spec, data) <= UNASKED:
        begin(fresh, data)
    return fresh


def stored(spec: ProbeSpec) -> Held:
    """A comparison with its run, if one is kept."""
    kept = not is_own(spec) and spec.id in run_store()
    return Held(spec, run=run_store().load(spec.id) if kept else None)


def begin(found: Held, data: FeatureSet) -> None:
    """Compute, or join those who do."""
    spec = found.spec
    found.run, found.halted = None, False
    # Somebody's own features, and what is learned from them, are never written to disk.
    where = private_runner() if is_own(spec) else runner()
    steps = -(-training_rows(spec, data) // spec.batch_size) * spec.epochs
    origin = {"device": device_for(spec.device)}
    found.job = where.submit(spec, lambda asked: run(asked, data), steps=steps, origin=origin)


def training_rows(spec: ProbeSpec, data: FeatureSet) -> int:
    """Rows that are trained on, after cutting."""
    if spec.ratio is None:
        return int(data.class_counts.sum())
    return int(recut_counts(data.class_counts, spec.ratio, spec.profile).sum())


def cost(spec: ProbeSpec, data: FeatureSet) -> float:
    """Products of rows, weights and epochs over all heads."""
    heads = spec.seeds * sum(candidate.method.trained for candidate in candidates(spec))
    weights = data.num_classes * data.dim
    return float(heads) * weights * training_rows(spec, data) * spec.epochs


@st.cache_resource(show_spinner=False)
def private_runner() -> Runner:
    """Where is computed what is not to be stored."""
    return Runner(None)


def _abandoned(found: Held) -> bool:
    """Whether computing ended since the page gave no sign of life for a while."""
    return found.job is not None and found.job.state == "stopped" and not found.halted
