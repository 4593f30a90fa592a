import gc
import logging

import pytest

from app.ui import boot


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
    with caplog.at_level(logging.ERROR):
        boot._warm_up()
    assert "The warm-up failed" in caplog.text
