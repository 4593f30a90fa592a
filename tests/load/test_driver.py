"""The load driver against the app: a smoke run by default, the whole of it on request."""

import json
import random

import pytest
from click.testing import CliRunner

from tests.aio import run
from tests.load import scenarios
from tests.load.__main__ import main
from tests.load.process import listening, started
from tests.load.session import check_loopback
from tests.load.tally import Tally
from tests.load.walks import Walk, visitors, whole_walk
from tests.proxy import nginx


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with started(tmp_path_factory.mktemp("server")) as process:
        yield process


def test_two_visitors_walk_through_the_app_and_leave_nothing(server):
    tally = Tally()

    async def walk(session, k):
        await whole_walk(session, Walk(tally, random.Random(k), 0.0))

    run(visitors(server.url, 2, walk, tally, limit=120))
    assert not tally.errors
    found = tally.actions()
    assert found["commit gamma"]["count"] == 6
    assert found["switch metric"]["count"] == 4
    for action in ("upload", "start a run", "stop the run"):
        assert found[action]["count"] == 2
        assert 0 < found[action]["p50_ms"] <= found[action]["p95_ms"] <= found[action]["p99_ms"]
    assert listening(server.url).pid == server.pid
    assert server.cpu() > 0
    assert 100 < server.memory() < 3000
    left = run(scenarios.left(server))
    assert left["left_sessions"] == 0
    assert left["left_objects"] > 1000


def test_a_class_follows_one_link_after_another(server):
    found = run(scenarios.following(server, 3))
    assert not found["errors"], found["first_error"]
    assert len(found["actions"]) == len(scenarios.FOLLOWED)
    assert {act["count"] for act in found["actions"].values()} == {3}


def test_what_pages_say_went_wrong_is_counted(server):
    tally = Tally()

    async def stay(session, k):
        await session.open("boundaries", "gamma=0.4")
        await session.commit("live_boundaries", {"state": {"gamma": 0.7}})
        session.said.append(("bug", "Sorry, this part failed."))
        raise ValueError("gone")

    run(visitors(server.url, 1, stay, tally))
    assert tally.errors == ["bug: Sorry, this part failed.", "visitor 0: gone"]


@pytest.mark.parametrize(
    "url",
    ["http://example.org:80", "https://127.0.0.1:1", "http://10.0.0.1:1", "http://[::2]:80", ""],
)
def test_other_machines_are_refused(url):
    with pytest.raises(ValueError, match="only loads this machine"):
        check_loopback(url)
    found = CliRunner().invoke(main, ["idle", "--url", url])
    assert found.exit_code == 2
    assert "only loads this machine" in found.output


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.4.5", "localhost", "[::1]"])
def test_this_machine_is_not(host):
    check_loopback(f"http://{host}:8501")


@pytest.mark.parametrize("text", ["0", "201", "x", "1,-5"])
def test_loads_are_bounded(text):
    found = CliRunner().invoke(main, ["idle", "--sessions", text])
    assert found.exit_code == 2
    assert "--sessions" in found.output


@pytest.mark.slow
def test_the_whole_of_it(tmp_path):
    """Minutes: every load as the command runs it; its figures are for reading."""
    out = tmp_path / "load.json"
    found = CliRunner().invoke(main, ["--seconds", "10", "--json", str(out)])
    assert found.exit_code == 0, found.output
    print(found.output)
    rows = json.loads(out.read_text())["rows"]
    assert {row["load"] for row in rows} >= {
        "start",
        "walk",
        "follow a link",
        "watch a run",
        "idle",
        "waves",
    }
    hosted = {row["load"] for row in rows if row["load"].endswith("2 servers behind nginx")}
    assert bool(hosted) == (nginx.find() is not None)
    assert sum(row["errors"] for row in rows) == 0, found.output
    for row in rows:
        assert row["driver_cpu_percent"] < 40, row["load"]
    waves = next(row for row in rows if row["load"] == "waves")["memory_mb_of_waves"]
    # No growth after the first waves have filled what is kept.
    assert waves[-1] < 1.1 * waves[len(waves) // 2]
