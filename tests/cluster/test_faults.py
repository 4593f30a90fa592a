"""Workers and schedulers that are lost, late, too few or of another version."""

import os
import re
import shutil
import signal
import threading
from functools import partial
from itertools import islice

import pytest

from app.cluster import Cluster, compute_on
from app.errors import UserError
from app.runs import Runner
from app.ufm.sweep import SweepSpec, run_sweep
from tests.cluster import tasks
from tests.cluster.machines import ROOT, machines
from tests.cluster.same import assert_same

HEAVY = SweepSpec(size=9, relu=True)


def notes(folder):
    """Who computes what: pairs of number and process."""
    names = (path.name for path in folder.iterdir())
    return [tuple(map(int, name.split("-"))) for name in names if "-" in name]


def registered(worker):
    worker.wait_for("Registered to")
    return worker


# Workers.


def test_a_worker_killed_in_the_middle_costs_only_what_it_had(alone, tmp_path):
    for _ in range(2):
        registered(alone.worker())
    folder = tmp_path / "notes"
    folder.mkdir()
    cluster = Cluster(alone.address)
    found = cluster.map(tasks.held, [(folder, number) for number in range(4)])
    first = []
    thread = threading.Thread(target=lambda: first.append(next(found)))
    thread.start()
    tasks.wait_until(lambda: len(notes(folder)) == 2)
    [(number, victim), (_, survivor)] = notes(folder)
    os.kill(victim, signal.SIGKILL)
    (folder / "go").touch()
    thread.join()
    assert [*first, *found] == [0, 1, 4, 9]
    assert set(notes(folder)) == {(number, victim)} | {(n, survivor) for n in range(4)}
    cluster.close()


def test_a_sweep_survives_the_death_of_a_worker_and_uses_one_that_comes_late(alone):
    doomed = registered(alone.worker())
    cluster = Cluster(alone.address)
    snapshots = compute_on(cluster, HEAVY)
    seen = [next(snapshots)]
    doomed.kill()
    late = alone.worker()
    seen += snapshots
    assert_same(seen, run_sweep(HEAVY))
    assert "Registered to" in late.log.read_text()
    cluster.close()


@pytest.mark.slow
def test_a_worker_that_joins_late_gets_its_share(alone):
    registered(alone.worker())
    cluster = Cluster(alone.address)
    found = cluster.map(tasks.slow_pid, range(60))
    early = next(found)
    alone.worker()
    assert len({early, *found}) == 2
    cluster.close()


def test_a_stream_goes_on_elsewhere_without_a_gap(alone):
    doomed = registered(alone.worker("--resources", "GPU=1"))
    registered(alone.worker())
    cluster = Cluster(alone.address)
    stream = cluster.stream(partial(tasks.counted, 60, 0.02), "GPU")
    seen = list(islice(stream, 20))
    alone.worker("--resources", "GPU=1")
    doomed.kill()
    seen += stream
    expected = list(tasks.counted(60, 0))
    assert [s.step for s in seen] == list(range(60))
    assert all(
        (a.arrays["value"] == b.arrays["value"]).all() for a, b in zip(seen, expected, strict=True)
    )
    assert len({int(s.arrays["pid"]) for s in seen}) == 2
    cluster.close()


@pytest.mark.slow
def test_what_ends_every_worker_is_given_up(tmp_path, alone):
    for _ in range(4):
        registered(alone.worker())
    cluster = Cluster(alone.address)
    with pytest.raises(UserError, match=r"ended 4 workers of .* one after another"):
        list(cluster.map(tasks.deadly, [0]))
    cluster.close()


def test_without_a_worker_it_is_said_and_waited_for_a_while(alone):
    heard = []
    cluster = Cluster(alone.address, heard.append, patience=1.5)
    with pytest.raises(UserError, match=r"had no worker for 1\.5 seconds: start one with `dask w"):
        list(cluster.map(tasks.squared, [1]))
    assert heard == ["waiting for a worker"]
    found = cluster.map(tasks.squared, [3])
    threading.Timer(0.5, alone.worker).start()
    cluster._patience = 30
    assert list(found) == [9]
    cluster.close()


def test_only_workers_with_the_resource_are_asked(lab, cluster):
    found = cluster.map(tasks.pid, range(6), "GPU")
    plain = set(cluster.map(tasks.pid, range(40))) - (on_gpu := set(found))
    assert len(on_gpu) == 1
    assert len(plain) == 1
    assert len(cluster.workers("GPU")) == 1
    assert len(cluster.workers()) == 2
    cluster._patience = 0.5
    with pytest.raises(UserError, match=r"`dask worker tcp://.* --resources \"TPU=1\"`"):
        next(cluster.map(tasks.pid, [0], "TPU"))


# The scheduler.


def test_a_scheduler_that_comes_back_is_given_again_what_was_not_computed(alone):
    registered(alone.worker())
    heard = []
    cluster = Cluster(alone.address, heard.append)
    found = cluster.map(tasks.slow_pid, range(20))
    before = [next(found) for _ in range(3)]
    alone.restart_scheduler()
    alone.worker()
    assert len([*before, *found]) == 20
    assert "waiting for the scheduler" in heard
    assert list(cluster.map(tasks.squared, [2])) == [4]
    cluster.close()


@pytest.mark.slow
def test_a_scheduler_that_stays_away_is_waited_for_a_while(alone, monkeypatch):
    monkeypatch.setattr("app.cluster.cluster._RETURN_SECONDS", 1.0)
    registered(alone.worker())
    cluster = Cluster(alone.address)
    found = cluster.map(tasks.slow_pid, range(20))
    next(found)
    alone.scheduler.kill()
    with pytest.raises(UserError, match=r"no scheduler answered at tcp://.* within 1 seconds"):
        list(found)
    cluster.close()


# Versions.


def test_a_worker_with_other_code_is_told_apart_in_a_sentence(alone, tmp_path):
    copy = tmp_path / "other"
    shutil.copytree(ROOT / "app", copy / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").symlink_to(ROOT / "tests")
    with (copy / "app" / "errors.py").open("a") as file:
        file.write("# changed\n")
    registered(alone.worker(folder=copy))
    cluster = Cluster(alone.address)
    with pytest.raises(UserError) as error:
        list(cluster.map(tasks.squared, [1, 2]))
    sentence = r"the worker at tcp://\S+ must have the same versions as the app: the code of the "
    assert re.match(sentence + r"app is \w{12} there and \w{12} here\.$", str(error.value))
    cluster.close()


@pytest.mark.slow
def test_workers_without_the_app_count_as_none(alone, tmp_path):
    """They end when they are given something they do not know."""
    registered(alone.worker(folder=tmp_path))
    cluster = Cluster(alone.address, patience=2.0)
    with pytest.raises(UserError, match=r"start one with .* in the folder of the app"):
        list(cluster.map(tasks.squared, [1]))
    cluster.close()


def test_a_scheduler_without_the_app_is_told_apart_in_a_sentence(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with machines(tmp_path, scheduler_folder=tmp_path / "elsewhere") as found:
        registered(found.worker())
        cluster = Cluster(found.address)
        with pytest.raises(UserError, match="has no module app: start scheduler and workers in"):
            next(compute_on(cluster, HEAVY))
        cluster.close()


# What is asked for.


def test_what_the_function_raises_arrives(cluster):
    with pytest.raises(UserError, match=r"number must be even, got 3\."):
        list(cluster.map(tasks.refused, [3]))
    with pytest.raises(ZeroDivisionError):
        list(cluster.map(tasks.broken, [3]))
    assert list(cluster.map(tasks.squared, [])) == []


def test_a_stopped_job_takes_back_its_tasks(lab, cluster, tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    found = cluster.map(tasks.held_after, [(folder, number) for number in range(12)])
    assert next(found) == 0
    tasks.wait_until(lambda: len(notes(folder)) >= 2)
    found.close()
    (folder / "go").touch()
    # The next one is after those: what waited behind the two that were computed is gone.
    assert list(cluster.map(tasks.squared, [5, 6])) == [25, 36]
    assert len(notes(folder)) <= 4


def test_a_stopped_stream_ends_its_computation(cluster, tmp_path):
    note = tmp_path / "ended"
    stream = cluster.stream(partial(tasks.left_behind, str(note)))
    next(stream)
    assert not note.exists()
    stream.close()
    tasks.wait_until(note.exists)


def test_a_job_that_nobody_watches_ends_on_the_cluster_too(cluster, tmp_path):
    from app.ufm import UFMSpec

    note = tmp_path / "ended"
    source = partial(tasks.left_behind, str(note))
    with Runner(workers=1) as runner:
        job = runner.submit(UFMSpec(), lambda _: cluster.stream(source))
        tasks.wait_until(lambda: job.snapshots_since(-1))
        job.stop()
        tasks.wait_until(note.exists)
