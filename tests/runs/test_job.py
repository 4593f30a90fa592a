"""Who looks at a computation may pause it, step through it, stop it or leave."""

import random
import threading

import pytest

from app.runs import RunStore
from app.runs import runner as runner_module
from app.runs.work import Place
from tests.runs.running import LONG, Gate, eventually, forget, running, steps
from tests.runs.toy import Toy, halve


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
