"""What is refused before anything is computed, and what needs no cluster to be tested."""

import pytest

from app.cluster import VARIABLE, Cluster, operators_scheduler
from app.cluster.cursor import _open, forget, next_batch
from app.cluster.seeds import joined, of_one_seed
from app.cluster.versions import check_versions, versions
from app.data.bundled import load_features
from app.errors import UserError
from app.probe import METHODS, ProbeSpec, run
from tests.cluster.same import assert_same
from tests.cluster.tasks import counted


@pytest.mark.parametrize(
    "address",
    ["", "10.0.0.5:8786", "http://10.0.0.5:8786", "tcp://10.0.0.5", "tcp://a b:1", "tcp://a:99999"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UserError, match="the scheduler must be an address such as tcp://"):
        Cluster(address)


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "tls://lab.example:1", "tcp://[::1]:9"])
def test_an_address_is_taken_as_it_is(address):
    assert Cluster(address).address == address


def test_only_the_environment_names_a_scheduler(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert operators_scheduler() is None
    monkeypatch.setenv(VARIABLE, "")
    assert operators_scheduler() is None
    monkeypatch.setenv(VARIABLE, "tcp://a:1")
    assert operators_scheduler() == "tcp://a:1"


def test_nobody_there_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr("app.cluster.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(UserError, match="no scheduler answered at tcp://127"):
        Cluster("tcp://127.0.0.1:1").workers()


def test_without_dask_it_is_said_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("app.cluster.link.import_module", missing)
    with pytest.raises(UserError, match="needs Dask: pip install -r requirements-cluster"):
        Cluster("tcp://127.0.0.1:1").workers()


def test_a_scheduler_of_another_version_is_refused(lab, monkeypatch):
    older = versions() | {"Dask": "2020.1.0"}
    monkeypatch.setattr("app.cluster.link.versions", lambda: older)
    with pytest.raises(UserError) as error:
        Cluster(lab.address).workers()
    assert str(error.value) == (
        f"the scheduler at {lab.address} must have the same versions as the app: Dask is "
        f"{versions()['Dask']} there and 2020.1.0 here."
    )


def test_the_first_difference_is_named():
    ours = versions()
    assert {"Python", "NumPy", "PyTorch", "the code of the app"} <= ours.keys()
    assert not any("+" in version for version in ours.values())
    check_versions(ours, ours, "it")
    with pytest.raises(UserError, match=r"^it must have .*: NumPy is 1\.0 there and"):
        check_versions(ours | {"NumPy": "1.0", "PyTorch": "1.0"}, ours, "it")
    with pytest.raises(UserError, match=r"PyTorch is none there"):
        check_versions({k: v for k, v in ours.items() if k != "PyTorch"}, ours, "it")


# Batches of snapshots.


def test_batches_make_up_the_computation_wherever_they_are_computed():
    def source():
        return counted(40, 0.02)

    first = next_batch(source, "a", 0)
    seen = list(first.snapshots)
    assert not first.ended
    assert 5 <= len(seen) < 40
    assert next_batch(None, "b", len(seen)) is None
    elsewhere = next_batch(source, "b", len(seen))
    seen += elsewhere.snapshots
    assert next_batch(None, "a", len(seen)) is None
    while not (batch := next_batch(source, "b", len(seen))).ended:
        seen += batch.snapshots
    assert_same([*seen, *batch.snapshots], counted(40, 0))
    assert not _open


def test_what_is_given_up_is_ended_and_what_rests_is_bounded(monkeypatch):
    ended = []

    def source(name):
        try:
            yield from counted(100, 0.0)
        finally:
            ended.append(name)

    monkeypatch.setattr("app.cluster.cursor._SECONDS", 0.0)
    monkeypatch.setattr("app.cluster.cursor._MOST_OPEN", 3)
    for name in "abcd":
        next_batch(lambda name=name: source(name), name, 0)
    assert ended == ["a"]
    forget("b")
    assert ended == ["a", "b"]
    forget("e")
    next_batch(lambda: source("e"), "e", 0)
    assert ended == ["a", "b", "e"]
    for name in "cd":
        forget(name)


# Seeds.


def test_seeds_by_themselves_make_up_the_comparison():
    """Every method but that with a gate; the sums of this size are the same on any threads."""
    data = load_features("digits-lt")
    methods = tuple(name for name in METHODS if METHODS[name].head != "gated")
    spec = ProbeSpec(data="digits-lt", ratio=8.0, epochs=1, seeds=3, seed=5, methods=methods)
    parts = of_one_seed(spec)
    assert [part.all_seeds for part in parts] == [(5,), (6,), (7,)]
    assert_same(joined([run(part, data) for part in parts]), run(spec, data))


def test_a_gate_keeps_seeds_together():
    spec = ProbeSpec(methods=("ce", "disalign"), seeds=3)
    assert of_one_seed(spec) == [spec]
