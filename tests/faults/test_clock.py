"""The clock on the wall goes back, or jumps ahead."""

import os

import pytest

from app.runs import RunStore
from tests.faults import clock
from tests.faults.server import SERVE, Server
from tests.faults.training import assert_works, begin, train, whole
from tests.faults.visitor import Visitor
from tests.runs.toy import Toy, toy_run

DAY = 86_400.0


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-30 * DAY, 30 * DAY], ids=["back", "ahead"])
def test_in_the_middle_of_a_run(tmp_path, jump):
    """Runs, sessions and queues do not notice; the next run is dated as the clock says."""
    offset = tmp_path / "offset"
    environment = {clock.FILE: str(offset)}
    command = [clock.__name__ if word == "app" else word for word in SERVE]
    with Server(tmp_path, environment=environment, command=command) as server:
        visitor = Visitor(server.url)
        train(visitor, seed=1)
        begin(visitor, seed=2)
        offset.write_text(str(jump))
        seen = len(visitor.texts)
        visitor.watch(lambda: len(visitor.texts) > seen + 3)  # the picture goes on
        assert visitor.texts[-1][0] == "progress"
        assert_works(visitor, server.runs, seed=3)
        made = {seed: run.provenance["created"][:10] for seed, run in whole(server.runs).items()}
        assert (made[3] < made[1]) == (jump < 0)
        assert (made[3] > made[1]) == (jump > 0)
        assert "Traceback" not in server.logged()


def test_half_a_file_of_the_future(tmp_path):
    """What a killed writer left is never seen, whatever its date; that of a live one stays."""
    store = RunStore(tmp_path)
    store.save(toy_run(Toy(seed=1)))
    left = tmp_path / ".abc.1-2.partial"
    left.write_bytes(b"half")
    now = left.stat().st_mtime
    for ahead in (-30 * DAY, 0.0, 30 * DAY):
        os.utime(left, (now + ahead,) * 2)
        assert set(whole(tmp_path)) == {1}
        assert left.exists() == (ahead >= 0)
        left.touch()
