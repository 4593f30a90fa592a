import pytest

from app.data.bundled import load_features
from app.probe import run
from app.ui import jobs
from app.ui.probe import watching
from tests.pages.probe.page import ASKED


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(watching, "WAIT_SECONDS", 30.0)
    for resource in (jobs.store, jobs.runner):
        resource.clear()
    yield
    jobs.runner().close()
    for resource in (jobs.store, jobs.runner):
        resource.clear()


@pytest.fixture(scope="session")
def asked():
    """What the engine makes of the settings of most tests."""
    data = load_features("fashion-lt")
    *_, last = run(ASKED, data)
    return data, last
