"""Sessions share the workers evenly, and each has an end to what it may ask for."""

import pytest

from app.errors import UserError
from app.runs import runner as runner_module
from tests.runs.running import LONG, Asker, Gate, eventually, forget, running
from tests.runs.toy import Toy, halve, snapshot


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
