"""The websocket breaks in the middle of a run, and is taken up again."""

import time

import pytest

from app.runs.work import PATIENCE_SECONDS
from tests.faults.server import Server
from tests.faults.training import assert_works, begin, link, whole
from tests.faults.visitor import Visitor


def test_for_a_moment(tmp_path):
    """The session and its run are still there: the run goes on, and its end is stored."""
    with Server(tmp_path) as server:
        visitor = Visitor(server.url)
        visitor.open("collapse", link(1, steps=60))
        visitor.click("Run")
        session = visitor.session
        visitor.drop()
        visitor.connect()
        visitor.rerun()
        assert visitor.session == session
        visitor.watch(lambda: visitor.idle and "Run again" in visitor.widgets)
        assert "Reset" in visitor.widgets  # the run of this session, not one found in the store
        assert not visitor.alerts
        assert set(whole(server.runs)) == {1}
        # In the middle of a long one the picture goes on too.
        begin(visitor, seed=2)
        visitor.drop()
        visitor.connect()
        visitor.rerun()
        visitor.watch(lambda: visitor.says("Training", "progress"))
        assert {"Pause", "Stop"} <= visitor.widgets.keys()
        assert "Traceback" not in server.logged()


@pytest.mark.slow
def test_for_longer_than_the_server_waits(tmp_path):
    """The run ends, as nobody watched; the page says so and it can be run again."""
    with Server(tmp_path) as server:
        visitor = Visitor(server.url)
        begin(visitor, seed=1)
        visitor.drop()
        time.sleep(PATIENCE_SECONDS + 3)
        visitor.connect()
        visitor.rerun()
        visitor.watch(lambda: visitor.idle and "Run again" in visitor.widgets)
        (alert,) = visitor.alerts
        assert alert.startswith("The run was stopped where it was: no page watched it")
        assert not whole(server.runs)
        assert_works(visitor, server.runs, seed=2)
        assert "Traceback" not in server.logged()


@pytest.mark.slow
def test_for_good(tmp_path):
    """A visitor who never comes back costs nothing: the next one has the worker."""
    with Server(tmp_path) as server:
        gone = Visitor(server.url)
        begin(gone, seed=1)
        gone.drop()
        assert_works(Visitor(server.url), server.runs, seed=2)
        assert "Traceback" not in server.logged()
