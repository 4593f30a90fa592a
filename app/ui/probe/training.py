"""The comparison behind the page: stored, or being computed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from app.cluster import clustered
from app.data.features import FeatureSet
from app.data.recut import recut_counts
from app.device import device_for
from app.probe import ProbeSpec, candidates, run
from app.probe.checks import check_data, check_request
from app.runs import Run
from app.ui.held import Held, forget, held
from app.ui.jobs import private_runner, runner
from app.ui.once import Origin, origin_of
from app.ui.probe.data import is_own
from app.ui.probe.words import PAGE

Comparison = Held[ProbeSpec]

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

    @property
    def origin(self) -> Origin | None:
        """What pictures of it are made of, once it has ended."""
        if self.run is None:
            return None
        asked = self.run.spec
        return origin_of(self.run, own=isinstance(asked, ProbeSpec) and is_own(asked))


def seen(found: Comparison) -> Seen | None:
    """Return what is known so far."""
    if found.active:
        latest = found.snapshots[-1:]
        return Seen(latest[0].arrays, latest[0].metrics, None) if latest else None
    run = found.run
    return None if run is None else Seen(run.arrays, run.metrics, run)


def comparison(spec: ProbeSpec, data: FeatureSet) -> Comparison:
    """Return this session's comparison of these settings; what is quick begins by itself.

    Raises
    ------
    UserError
        If settings or data cannot be used.
    """
    found = known(PAGE, spec)
    if found.job is not None and found.job.state == "stopped" and not found.halted:
        # Nobody watched for a while, as when another page was open.
        forget(PAGE)
        found = known(PAGE, spec)
    if found.job is None and found.run is None:
        check_data(data)
        check_request(spec, data)
        if cost(spec, data) <= UNASKED:
            begin(found, data)
    return found


def known(place: str, spec: ProbeSpec) -> Comparison:
    """Return what this session has of these settings at a place of the page."""
    return held(place, spec, stored=not is_own(spec))


def begin(found: Comparison, data: FeatureSet) -> None:
    """Compute, or join those who do."""
    spec = found.spec
    # Somebody's own features, and what is learned from them, are never written to disk.
    where = private_runner() if is_own(spec) else runner()
    steps = -(-training_rows(spec, data) // spec.batch_size) * spec.epochs
    origin = {"device": device_for(spec.device)}
    engine = clustered(lambda asked: run(asked, data), data)
    found.begin(engine, where, steps=steps, origin=origin)


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
