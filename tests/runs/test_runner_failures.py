"""What is told of engines that refuse, fail or end, and of results that cannot be kept."""

import logging

import pytest

from app.errors import UserError
from app.runs import RunStore
from tests.runs.running import LONG, running
from tests.runs.toy import Toy, break_down, diverge, halve, snapshot


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
