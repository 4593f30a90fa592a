import logging
import math
import random
import threading
import time
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest

from app.errors import UserError
from app.runs import Runner, RunStore
from app.runs import record as record_module
from app.runs import runner as runner_module
from app.runs.work import Place
from tests.runs.toy import Toy, break_down, diverge, halve, snapshot, toy_run

LONG = 30.0


class Gate:
    """An engine that computes a snapshot only when it is let."""

    def __init__(self):
        self.tickets = threading.Semaphore(0)
        self.starts = 0
        self.closed = threading.Event()

    def let(self, snapshots):
        self.tickets.release(snapshots)

    def __call__(self, spec):
        self.starts += 1
        try:
            for step in range(spec.steps + 1):
                assert self.tickets.acquire(timeout=LONG)
                yield snapshot(step)
        finally:
            self.closed.set()


def eventually(condition):
    """Wait until something is true that other threads make true."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


def steps(job):
    return [snapshot.step for snapshot in job.snapshots_since()]


def forget(job):
    """As if the session had given no sign of life for long."""
    job._watch.seen = -math.inf


@contextmanager
def running(**options):
    """A runner whose workers have all ended at the end of the block."""
    with Runner(**options) as runner:
        yield runner
    assert not any(thread.is_alive() for thread in runner._threads)


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


def test_a_view_can_be_paused_stepped_and_resumed():
    gate = Gate()
    with running(workers=1) as runner:
        job = runner.submit(Toy(), gate)
        gate.let(2)
        eventually(lambda: steps(job) == [0, 1])
        job.pause()
        # What was being computed when the pause came stays out of view.
        gate.let(4)
        other = runner.submit(Toy(seed=1), halve)
        assert other.wait(LONG) == "done", "a paused computation must not keep a worker"
        assert (job.state, steps(job), job.progress) == ("paused", [0, 1], 0.2)
        assert job.wait(LONG) == "paused"
        job.step()
        assert job.wait(LONG) == "paused"
        assert steps(job) == [0, 1, 2]
        job.step()
        assert job.wait(LONG) == "paused"
        assert steps(job) == [0, 1, 2, 3]
        assert job.run is None
        job.resume()
        assert job.wait(LONG) == "done"
        assert steps(job) == [0, 1, 2, 3, 4, 5]
        job.pause()
        job.step()
        job.stop()
        assert job.state == "done"


def test_stepping_through_to_the_end_ends():
    with running() as runner:
        job = runner.submit(Toy(steps=3), halve)
        job.pause()
        for _ in range(10):
            job.step()
            if job.wait(LONG) == "done":
                break
        assert steps(job) == [0, 1, 2, 3]
        assert job.state == "done"


def test_a_pause_holds_nobody_else():
    gate = Gate()
    with running(workers=1) as runner:
        mine, theirs = runner.submit(Toy(), gate), runner.submit(Toy(), gate)
        gate.let(2)
        eventually(lambda: steps(mine) == [0, 1])
        mine.pause()
        gate.let(4)
        assert theirs.wait(LONG) == "done"
        assert (mine.state, steps(mine)) == ("paused", [0, 1])
        mine.step()
        assert (mine.state, steps(mine)) == ("paused", [0, 1, 2])
        mine.resume()
        assert (mine.state, mine.run is theirs.run) == ("done", True)


def test_stopping_keeps_what_was_in_view_and_others_go_on():
    gate = Gate()
    with running(workers=1) as runner:
        mine, theirs = runner.submit(Toy(), gate), runner.submit(Toy(), gate)
        gate.let(3)
        eventually(lambda: steps(mine) == [0, 1, 2])
        mine.stop()
        mine.stop()
        mine.resume()
        gate.let(3)
        assert theirs.wait(LONG) == "done"
        assert (mine.state, steps(mine)) == ("stopped", [0, 1, 2])
        assert not mine.run.complete
        assert mine.run.arrays["curve/step"].tolist() == [0, 1, 2]
        assert (mine.run.arrays["classifier"] == 0.25).all()
        assert theirs.run.complete


def test_when_all_have_stopped_so_does_the_computation(tmp_path):
    gate, store = Gate(), RunStore(tmp_path)
    with running(store=store, workers=1) as runner:
        jobs = [runner.submit(Toy(steps=10**6), gate) for _ in range(2)]
        gate.let(2)
        eventually(lambda: steps(jobs[0]) == [0, 1])
        for job in jobs:
            job.stop()
        gate.let(1)
        assert gate.closed.wait(LONG)
        assert runner.submit(Toy(), halve).wait(LONG) == "done"
    assert jobs[0].run.metrics == {"loss": 3.0}
    assert [entry.spec for entry in store.list()[0]] == [Toy()]


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_what_nobody_watches_any_more_ends(paused):
    gate = Gate()
    with running(workers=1) as runner:
        job = runner.submit(Toy(), gate)
        gate.let(2)
        eventually(lambda: steps(job) == [0, 1])
        if paused:
            job.pause()
            gate.let(1)
            assert runner.submit(Toy(seed=1), halve).wait(LONG) == "done"
        forget(job)
        gate.let(1)
        assert runner.submit(Toy(seed=2), halve).wait(LONG) == "done"
        assert gate.closed.wait(LONG)
        # Who comes back after all finds where it ended.
        job.resume()
        assert job.state == "stopped"
        assert not job.run.complete
        assert job.run.metrics["loss"] <= 3.0


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_nobody_has_to_come_for_what_was_left_to_end(monkeypatch, paused):
    monkeypatch.setattr(runner_module, "PATIENCE_SECONDS", 0.01)
    gate = Gate()
    with running(workers=1) as runner:
        job = runner.submit(Toy(), gate)
        gate.let(1)
        eventually(lambda: steps(job) == [0])
        if paused:
            job.pause()
            gate.let(1)
            eventually(lambda: job._work.place is Place.PARKED)
        forget(job)
        gate.let(1)
        assert gate.closed.wait(LONG)
        assert gate.starts == 1


def test_what_is_paused_in_the_queue_is_not_begun():
    busy, paused, after = Gate(), Gate(), Gate()
    with running(workers=1) as runner:
        runner.submit(Toy(), busy)
        job = runner.submit(Toy(seed=1), paused)
        last = runner.submit(Toy(seed=2), after)
        job.pause()
        assert job.state == "paused"
        for gate in (busy, after):
            gate.let(6)
        assert last.wait(LONG) == "done"
        assert paused.starts == 0
        paused.let(6)
        job.resume()
        assert job.wait(LONG) == "done"


def test_where_a_run_comes_from_can_be_added_to():
    with running() as runner:
        job = runner.submit(Toy(), halve, origin={"device": "cpu"})
        job.wait(LONG)
        assert job.run.provenance["device"] == "cpu"
        assert job.run.provenance["complete"] == "yes"


def test_looking_is_a_sign_of_life():
    gate = Gate()
    with running(workers=1) as runner:
        job = runner.submit(Toy(), gate)
        for look in ("state", "progress", "position", "seconds_left", "run", "problem"):
            forget(job)
            getattr(job, look)
            assert job._watch.alive
        forget(job)
        assert job.snapshots_since() == []
        assert job._watch.alive
        gate.let(6)
        assert job.wait(LONG) == "done"


def test_what_a_user_can_fix_is_told_and_the_last_good_state_kept(tmp_path):
    with running(store=RunStore(tmp_path)) as runner:
        job = runner.submit(Toy(), diverge)
        assert job.wait(LONG) == "failed"
        assert job.problem == "learning_rate must be smaller: step 2 is not finite, got 3."
        assert job.run.metrics == snapshot(1).metrics
        assert not job.run.complete
    assert RunStore(tmp_path).list() == ([], [])


def refuse_at_once(spec):
    raise UserError("dim must be at least 2, got 1.")


def exit_now(spec):
    raise SystemExit(3)
    yield


@pytest.mark.parametrize("engine", [break_down, exit_now, lambda spec: iter(()), lambda spec: None])
def test_a_bug_is_logged_under_the_number_that_is_shown(engine, caplog):
    with running(workers=1) as runner:
        with caplog.at_level(logging.ERROR):
            job = runner.submit(Toy(), engine)
            assert job.wait(LONG) == "failed"
        number = job.problem.removesuffix(".").split()[-1]
        assert len(number) == 8
        assert "secret" not in job.problem
        assert number in caplog.text
        assert caplog.records[0].exc_info
        assert runner.submit(Toy(), halve).wait(LONG) == "done"


def test_an_engine_may_refuse_before_it_begins():
    with running() as runner:
        job = runner.submit(Toy(), refuse_at_once)
        assert job.wait(LONG) == "failed"
        assert (job.problem, job.run) == ("dim must be at least 2, got 1.", None)


def test_a_result_that_cannot_be_stored_is_not_lost(tmp_path):
    (tmp_path / "file").write_text("")
    with running(store=RunStore(tmp_path / "file" / "runs")) as runner:
        job = runner.submit(Toy(), halve)
        assert job.wait(LONG) == "done"
        assert job.run.complete
        assert "cannot be stored" in job.problem


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


def test_there_is_an_end_to_what_is_taken(monkeypatch):
    monkeypatch.setattr(runner_module, "MAX_WORKS", 3)
    gate = Gate()
    with running(workers=1) as runner:
        jobs = [runner.submit(Toy(seed=k), gate) for k in range(3)]
        with pytest.raises(UserError, match="3 computations are under way"):
            runner.submit(Toy(seed=3), gate)
        again = runner.submit(Toy(seed=2), gate)
        forget(jobs[1])
        jobs.append(runner.submit(Toy(seed=3), gate))
        gate.let(24)
        assert [job.wait(LONG) for job in (jobs[0], again, jobs[3])] == ["done"] * 3
        assert jobs[1].state == "stopped"


class Asker:
    """Names the session that asks, as a page does."""

    def __init__(self):
        self.name = ""

    def __call__(self):
        return self.name

    def ask(self, runner, name, seed, engine):
        self.name = name
        return runner.submit(Toy(seed=seed), engine)


def test_who_asks_for_ten_things_does_not_delay_the_one_of_another():
    asker, order, first = Asker(), [], Gate()

    def noted(spec):
        order.append(spec.seed)
        yield from halve(spec)

    with running(workers=1, session=asker) as runner:
        asker.ask(runner, "greedy", 100, first)
        eventually(lambda: first.starts)
        greedy = [asker.ask(runner, "greedy", seed, noted) for seed in range(5)]
        modest = asker.ask(runner, "modest", 50, noted)
        late = [asker.ask(runner, "late", seed, noted) for seed in (60, 61)]
        # "greedy" has just had a turn; each has one thing before anybody has a second.
        assert [job.position for job in (modest, late[0], *greedy[:2], late[1])] == [1, 2, 3, 5, 4]
        assert sorted(job.position for job in [*greedy, modest, *late]) == list(range(1, 9))
        first.let(6)
        for job in [*greedy, modest, *late]:
            assert job.wait(LONG) == "done"
    assert order == [50, 60, 0, 61, 1, 2, 3, 4]


def test_a_long_thing_of_one_session_shares_the_worker_with_that_of_another(monkeypatch):
    monkeypatch.setattr(runner_module, "_TURN_SECONDS", 0.0)
    asker, taken, gate = Asker(), [], Gate()

    def slow(spec):
        for step in range(8):
            taken.append(spec.seed)
            yield snapshot(step)

    with running(workers=1, session=asker) as runner:
        asker.ask(runner, "a", 100, gate)
        eventually(lambda: gate.starts)
        jobs = [asker.ask(runner, "a", seed, slow) for seed in range(4)]
        jobs.append(asker.ask(runner, "b", 50, slow))
        gate.let(6)
        for job in jobs:
            assert job.wait(LONG) == "done"
    # Every second turn is of b, although a asked for four things.
    assert taken[:16].count(50) >= 7


def test_what_many_watch_comes_at_the_turn_of_whoever_is_first():
    asker, first = Asker(), Gate()
    with running(workers=1, session=asker) as runner:
        asker.ask(runner, "x", 100, first)
        eventually(lambda: first.starts)
        for seed in range(3):
            asker.ask(runner, "greedy", seed, halve)
        shared = [asker.ask(runner, name, 7, halve) for name in ("greedy", "x", "modest")]
        assert {job.position for job in shared} == {2}
        first.let(6)
        assert [job.wait(LONG) for job in shared] == ["done"] * 3


def test_there_is_an_end_to_what_is_taken_of_one_session():
    asker, gate = Asker(), Gate()
    most = runner_module.MAX_SESSION_WORKS
    with running(workers=1, session=asker) as runner:
        jobs = [asker.ask(runner, "greedy", seed, gate) for seed in range(most)]
        with pytest.raises(UserError, match=f"{most} computations of yours are under way"):
            asker.ask(runner, "greedy", 99, gate)
        jobs.append(asker.ask(runner, "modest", 99, gate))
        # To watch what another has asked for takes no room.
        jobs.append(asker.ask(runner, "greedy", 99, gate))
        jobs[0].stop()
        gate.let(6 * most + 6)
        assert [job.wait(LONG) for job in jobs[1:]] == ["done"] * (most + 1)
        assert asker.ask(runner, "greedy", 98, halve).wait(LONG) == "done"


def test_fifty_sessions_that_press_run_on_one_link_cost_one_computation():
    asker, gate = Asker(), Gate()
    with running(workers=2, session=asker) as runner:
        jobs = [asker.ask(runner, f"student {k}", 0, gate) for k in range(50)]
        gate.let(6)
        assert {job.wait(LONG) for job in jobs} == {"done"}
        assert gate.starts == 1
        assert not runner._works


def test_sessions_of_long_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(runner_module, "_MOST_SERVED", 5)
    asker = Asker()
    with running(workers=1, session=asker) as runner:
        for k in range(12):
            assert asker.ask(runner, f"student {k}", k, halve).wait(LONG) == "done"
        assert list(runner._served) == [f"student {k}" for k in range(7, 12)]


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


def test_nothing_blocks_for_ever_however_many_press_buttons():
    """Sessions press buttons at random on shared and own computations, then let them finish."""
    specs = [Toy(steps=300, seed=seed) for seed in range(4)]
    failures = []

    def session(runner, number):
        chance = random.Random(number)
        try:
            for _ in range(12):
                job = runner.submit(chance.choice(specs), halve)
                for _ in range(chance.randrange(8)):
                    getattr(job, chance.choice(["pause", "step", "resume", "step"]))()
                    seen = [taken.step for taken in job.snapshots_since()]
                    assert seen == sorted(set(seen))
                if chance.random() < 0.4:
                    job.stop()
                    assert job.state in ("stopped", "done")
                else:
                    job.resume()
                    assert job.wait(LONG) == "done"
                    assert job.run.arrays["curve/step"][-1] == 300
        except BaseException as error:
            failures.append(error)

    with running(workers=3) as runner:
        sessions = [threading.Thread(target=session, args=(runner, k)) for k in range(8)]
        for thread in sessions:
            thread.start()
        for thread in sessions:
            thread.join(LONG)
        assert not any(thread.is_alive() for thread in sessions)
        assert not failures
        assert not runner._works
        assert not runner._queue
