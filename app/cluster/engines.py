"""What of a computation goes to a cluster, and how."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from app.cluster.address import operators_scheduler
from app.cluster.cluster import Cluster, cluster_at
from app.data.features import FeatureSet
from app.device import cuda_count, override
from app.errors import UserError
from app.runs import Snapshot
from app.runs.work import Engine
from app.spec import Spec
from app.ufm.spec import UFMSpec

GPU = "GPU"
"""The resource that a worker with a GPU declares."""
# Bytes of one's own features that are sent, once a seed; with more the seeds stay together.
_MOST_SENT = 256_000_000


def compute_on(cluster: Cluster, spec: Spec, data: FeatureSet | None = None) -> Iterator[Snapshot]:
    """Compute a spec on a cluster: the snapshots are those of its own engine.

    A sweep is shared out by batches of cells, a comparison of re-training by seeds; a model is
    trained on one worker, one with a GPU where that is asked for or pays and there is one.

    Parameters
    ----------
    cluster : Cluster
    spec : Spec
    data : FeatureSet, optional
        Of a comparison, where it is not a bundled set.

    Raises
    ------
    UserError
        If the cluster fails (`Cluster.map`), or the spec cannot be computed.
    """
    from app.centers import CentersSpec
    from app.centers import run as run_centers
    from app.probe import ProbeSpec
    from app.ufm.observe import observe
    from app.ufm.sweep import SweepSpec, run_sweep

    if isinstance(spec, SweepSpec):
        return run_sweep(spec, cluster.map)
    if isinstance(spec, ProbeSpec):
        return _comparison(cluster, spec, data)
    if isinstance(spec, UFMSpec):
        return cluster.stream(partial(observe, spec), _resource(cluster, spec))
    if isinstance(spec, CentersSpec):
        return cluster.stream(partial(run_centers, spec))
    raise UserError(f"there is no engine for {type(spec).__name__}.")


def device_on(cluster: Cluster, spec: Spec) -> str | None:
    """Return the device that a worker uses for a model or a comparison; None for other specs.

    Raises
    ------
    UserError
        See `compute_on`.
    """
    from app.device import device_for
    from app.probe import ProbeSpec
    from app.ufm.device import device_of

    if isinstance(spec, UFMSpec):
        return str(next(cluster.map(device_of, [spec], _resource(cluster, spec))))
    if isinstance(spec, ProbeSpec):
        return str(next(cluster.map(device_for, [spec.device], _resource(cluster, spec))))
    return None


def clustered(engine: Engine, data: FeatureSet | None = None) -> Engine:
    """Return the engine, or if the operator has a cluster what computes the same there.

    Parameters
    ----------
    engine : callable
        Of a sweep or a comparison.
    data : FeatureSet, optional
        See `compute_on`.
    """
    address = operators_scheduler()
    if address is None:
        return engine
    return lambda spec: compute_on(cluster_at(address), spec, data)


def on_gpu_worker(spec: UFMSpec) -> bool:
    """Whether a model is to be trained on a GPU, none is here, and the operator's cluster has one.

    Raises
    ------
    UserError
        If a GPU is asked for, and the cluster cannot be reached.
    """
    address = operators_scheduler()
    if address is None or not _wants_gpu(spec) or override() == "cpu" or cuda_count():
        return False
    try:
        return bool(cluster_at(address).workers(GPU))
    except UserError:
        if spec.device == "cuda":
            raise
        return False


def waited_for() -> str:
    """Return what the operator's cluster waits for, ready to follow other words, or ""."""
    address = operators_scheduler()
    words = "" if address is None else cluster_at(address).words
    return f", {words}" if words.startswith("waiting") else ""


def _wants_gpu(spec: UFMSpec) -> bool:
    """As `app.ufm.device.device_of` has it."""
    asked = spec.device == "cuda" or (spec.device == "auto" and spec.per_sample)
    return asked and spec.optimizer != "lbfgs"


def _resource(cluster: Cluster, spec: Any) -> str | None:
    """What a worker must have: what is asked for, or pays and is there."""
    if spec.device == "cuda":
        return GPU
    pays = isinstance(spec, UFMSpec) and _wants_gpu(spec)
    return GPU if pays and cluster.workers(GPU) else None


def _comparison(cluster: Cluster, spec: Any, data: FeatureSet | None) -> Iterator[Snapshot]:
    """Every seed by itself, side by side; data of one's own go along."""
    from app.cluster.seeds import joined, of_one_seed
    from app.data.bundled import FEATURE_SETS, load_features
    from app.probe import run
    from app.probe.checks import check_data, check_request

    known = data if data is not None else load_features(spec.data)
    check_data(known)
    check_request(spec, known)
    sent = None if spec.data in FEATURE_SETS else data
    many = sent is not None and _bytes(sent) * spec.seeds > _MOST_SENT
    parts = [spec] if many else of_one_seed(spec)
    sources = [partial(run, part, sent) for part in parts]
    return joined(cluster.streams(sources, _resource(cluster, spec)))


def _bytes(data: FeatureSet) -> int:
    """About what features take on the wire."""
    parts = [data.train, data.test, *([] if data.val is None else [data.val])]
    return sum(rows.features.nbytes + rows.labels.nbytes for rows in parts)
