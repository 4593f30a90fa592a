import gc
import logging
import subprocess
import sys
import time
import weakref
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.testing.v1 import AppTest

from app.ui import boot, boundary_charts, live_words


@pytest.fixture
def unfreeze():
    before = gc.get_freeze_count()
    yield
    if not before:
        gc.unfreeze()


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.delenv("COLLAPSE_LAB_WARM_UP", raising=False)
    monkeypatch.setattr(boot, "_started", False)


@pytest.mark.usefixtures("unfreeze")
def test_after_the_freeze_a_full_collection_has_nothing_to_walk():
    boot._freeze()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 0.05 * gc.get_freeze_count()


@pytest.mark.usefixtures("unfreeze", "allowed")
def test_the_warm_up_starts_once(monkeypatch):
    calls = []
    monkeypatch.setattr(boot, "_warm_up", lambda: calls.append(1))
    threads = [boot.start_warm_up() for _ in range(3)]
    for thread in filter(None, threads):
        thread.join(10)
    assert calls == [1]


def test_the_environment_can_leave_it_out(monkeypatch):
    monkeypatch.setattr(boot, "_started", False)
    monkeypatch.setenv("COLLAPSE_LAB_WARM_UP", "0")
    assert boot.start_warm_up() is None


@pytest.mark.usefixtures("unfreeze")
def test_a_failed_warm_up_is_logged_and_harmless(monkeypatch, caplog):
    monkeypatch.setattr(boot, "WARM_UP_MODULES", ("app.no_such_module",))
    monkeypatch.setattr(boot, "_precompute", lambda: None)
    with caplog.at_level(logging.ERROR):
        boot._warm_up()
    assert "The warm-up failed" in caplog.text


def test_what_pages_import_is_there_before_they_are_visited():
    modules = boot.page_modules()
    assert {"app.ui.centers.watching", "app.ui.learn.content", "app.ui.boundary_charts"} <= {
        *modules
    }
    assert len(modules) == len(set(modules))


def test_the_warm_up_leaves_neither_torch_nor_umap_behind():
    code = (
        "import sys, time\n"
        "from app.ui import boot\n"
        "boot._precompute = lambda: None\n"
        "boot._warm_up()\n"
        "names = ('torch', 'umap', 'app.ui.centers.watching')\n"
        "print([name for name in names if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100
    )
    assert found.stdout.splitlines()[-1] == "['app.ui.centers.watching']", found.stderr


def test_all_that_a_slider_waits_for_is_precomputed(monkeypatch):
    monkeypatch.setattr(boot.time, "sleep", lambda _: None)
    boot._precompute()

    def compute(*_, **__):
        raise AssertionError("computed again")

    for module, name in (
        (boundary_charts, "approximation_table"),
        (boundary_charts.approximation, "approximation_figure"),
        (boundary_charts.angles, "angle_figure"),
        (live_words, "panel_of"),
    ):
        monkeypatch.setattr(module, name, compute)
    for gamma in ("0", "0.07", "0.29", "1.15", "2"):
        app = AppTest.from_file(str(boot.PAGES.parent / "app/main.py"), default_timeout=60)
        app.switch_page("../pages/boundaries.py")
        app.query_params["gamma"] = gamma
        app.run()
        assert not app.exception
        assert not app.error
        assert len(app.get("plotly_chart")) == 3
    # What was not precomputed is.
    app.query_params["seed"] = "7"
    assert "Sorry" in app.run().error[0].value


def test_collecting_goes_on_where_sessions_cannot_be_let_go(monkeypatch, caplog):
    collected = []

    def wait(seconds):
        if len(collected) == 2:
            raise SystemExit

    monkeypatch.setattr(boot.time, "sleep", wait)
    monkeypatch.setattr(boot.runtime, "exists", lambda: True)
    monkeypatch.setattr(boot.runtime, "get_instance", object)
    monkeypatch.setattr(boot.gc, "collect", lambda: collected.append(1))
    with pytest.raises(SystemExit):
        boot._collect_for_ever()
    assert caplog.text.count("could not be let go") == 2


class Session:
    id = "one"


def test_sessions_that_are_over_are_let_go_without_another_visitor(monkeypatch):
    storage = MemorySessionStorage(ttl_seconds=0.1)
    manager = WebsocketSessionManager(storage, None, None, lambda: None)
    monkeypatch.setattr(boot.runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    session = Session()
    gone = weakref.ref(session)
    storage.save(SessionInfo(client=None, session=session))
    del session
    boot.expire_sessions()
    assert gone() is not None
    time.sleep(0.15)
    boot.expire_sessions()
    assert gone() is None
