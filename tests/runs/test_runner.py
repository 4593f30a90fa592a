"""What is computed, when, and where it is kept."""

import threading
import time
from itertools import count

import numpy as np
import pytest

from app.runs import RunStore
from app.runs import record as record_module
from app.runs import runner as runner_module
from tests.runs.running import LONG, Gate, eventually, running, steps
from tests.runs.toy import Toy, halve, snapshot, toy_run


def test_a_run_is_computed_in_the_background_and_stored(tmp_path):
    store = RunStore(tmp_path)
    with running(store=store) as runner:
        job = runner.submit(Toy(), halve)
        assert job.wait(LONG) == "done"
        assert (job.progress, job.seconds_left, job.position, job.problem) == (1, 0, 0, None)
        assert job.run.spec == Toy()
        assert job.run.complete
        for name, array in toy_run().arrays.items():
            np.testing.assert_array_equal(job.run.arrays[name], array)
    assert store.load(Toy().id).provenance == job.run.provenance
    assert set(job.run.provenance) >= {"created", "seconds", "complete", "python", "numpy"}


def test_however_many_ask_it_is_computed_once():
    gate, jobs = Gate(), []
    with running(workers=2) as runner:
        barrier = threading.Barrier(8)

        def ask():
            barrier.wait(LONG)
            jobs.append(runner.submit(Toy(), gate))

        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(LONG)
        gate.let(6)
        assert [job.wait(LONG) for job in jobs] == ["done"] * 8
        assert gate.starts == 1
        assert len({id(job.run) for job in jobs}) == 1
        gate.let(6)
        assert runner.submit(Toy(), gate).wait(LONG) == "done"
        assert gate.starts == 2


def test_who_joins_late_sees_everything_and_can_ask_for_the_rest():
    gate = Gate()
    with running() as runner:
        first = runner.submit(Toy(), gate)
        gate.let(3)
        eventually(lambda: steps(first) == [0, 1, 2])
        late = runner.submit(Toy(), gate)
        assert steps(late) == [0, 1, 2]
        assert [taken.step for taken in late.snapshots_since(1)] == [2]
        assert late.snapshots_since(2) == []
        gate.let(3)
        assert late.wait(LONG) == "done"
        assert [taken.step for taken in first.snapshots_since(2)] == [3, 4, 5]


def test_no_more_are_computed_at_a_time_than_there_are_workers():
    gates = [Gate() for _ in range(5)]
    with running(workers=2) as runner:
        jobs = [runner.submit(Toy(seed=k), gate) for k, gate in enumerate(gates)]
        eventually(lambda: gates[0].starts == gates[1].starts == 1)
        assert [job.state for job in jobs] == ["running"] * 2 + ["queued"] * 3
        assert [job.position for job in jobs] == [0, 0, 1, 2, 3]
        assert jobs[4].progress == 0
        jobs[2].stop()
        assert jobs[2].state == "stopped"
        assert jobs[2].run is None
        assert [job.position for job in jobs] == [0, 0, 0, 1, 2]
        gates[0].let(6)
        eventually(lambda: gates[3].starts == 1)
        assert gates[2].starts == gates[4].starts == 0
        for gate in gates:
            gate.let(6)
        assert [job.wait(LONG) for job in jobs] == ["done", "done", "stopped", "done", "done"]


def test_where_a_run_comes_from_can_be_added_to():
    with running() as runner:
        job = runner.submit(Toy(), halve, origin={"device": "cpu"})
        job.wait(LONG)
        assert job.run.provenance["device"] == "cpu"
        assert job.run.provenance["complete"] == "yes"


def test_runs_that_ship_with_the_app_are_not_stored_again(tmp_path):
    RunStore(tmp_path / "bundled").save(toy_run())
    with running(store=RunStore(tmp_path / "local", tmp_path / "bundled")) as runner:
        assert runner.submit(Toy(), halve).wait(LONG) == "done"
    assert not (tmp_path / "local").exists()


def test_a_long_computation_does_not_keep_short_ones_waiting(monkeypatch):
    monkeypatch.setattr(runner_module, "_TURN_SECONDS", 0.01)

    def endless(spec):
        for step in count():
            time.sleep(0.001)
            yield snapshot(min(step, 900))

    with running(workers=1) as runner:
        long = runner.submit(Toy(steps=10**6), endless)
        eventually(lambda: long.snapshots_since())
        short = [runner.submit(Toy(seed=k), halve) for k in range(5)]
        assert [job.wait(LONG) for job in short] == ["done"] * 5
        assert long.state == "running"
        long.stop()


def test_progress_and_time_left_follow_the_steps():
    gate = Gate()
    with running() as runner:
        job = runner.submit(Toy(steps=4), gate)
        assert (job.progress, job.seconds_left) == (0, None)
        gate.let(1)
        eventually(lambda: len(steps(job)) == 1)
        assert (job.progress, job.seconds_left) == (0, None)
        time.sleep(0.02)
        gate.let(1)
        eventually(lambda: len(steps(job)) == 2)
        assert job.progress == 0.25
        # One step took at least what was slept, and three are left.
        assert job.seconds_left >= 0.06
        gate.let(3)
        assert job.wait(LONG) == "done"
        assert (job.progress, job.seconds_left) == (1, 0)


def test_the_number_of_steps_can_be_told():
    gate = Gate()
    with running() as runner:
        job = runner.submit(Toy(), gate, steps=10)
        gate.let(2)
        eventually(lambda: len(steps(job)) == 2)
        assert job.progress == 0.1
        job.stop()
        gate.let(1)


def test_a_clock_that_is_set_back_changes_nothing(monkeypatch, tmp_path):
    hours = iter(range(10**9, 0, -3600))
    with running(store=RunStore(tmp_path)) as runner:
        monkeypatch.setattr(time, "time", lambda: float(next(hours)))
        job = runner.submit(Toy(), halve)
        assert job.wait(LONG) == "done"
        assert job.progress == 1
        (tmp_path / ".x.partial").write_bytes(b"being written")
        assert len(RunStore(tmp_path).list()[0]) == 1
        assert (tmp_path / ".x.partial").exists()


def test_a_closed_runner_leaves_nothing_waiting():
    gate = Gate()
    with running(workers=1) as runner:
        jobs = [runner.submit(Toy(seed=k), gate) for k in range(3)]
        eventually(lambda: gate.starts == 1)
        closer = threading.Timer(0.02, gate.let, [1])
        closer.start()
    assert [job.state for job in jobs] == ["stopped"] * 3
    assert jobs[0].run.metrics == snapshot(0).metrics
    with pytest.raises(RuntimeError, match="closed"):
        runner.submit(Toy(), halve)


def test_what_is_seen_live_stays_within_bounds(monkeypatch):
    monkeypatch.setattr(record_module, "PATH_NUMBERS", 60)
    with running() as runner:
        job, last = runner.submit(Toy(steps=2000), halve), -1
        while job.state in ("queued", "running"):
            new = job.snapshots_since(last)
            assert len(new) <= 10
            last = new[-1].step if new else last
        assert job.snapshots_since(1999)[0].step == 2000
        assert len(job.run.arrays["path/step"]) <= 10
