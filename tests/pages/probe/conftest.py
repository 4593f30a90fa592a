import pytest

from app.data.bundled import load_features
from app.probe import run
from app.ui.probe import watching
from tests.pages.own_store import own_store
from tests.pages.probe.page import ASKED


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "WAIT_SECONDS", 30.0)
    with own_store(tmp_path):
        yield


@pytest.fixture(scope="session")
def asked():
    """What the engine makes of the settings of most tests."""
    data = load_features("fashion-lt")
    *_, last = run(ASKED, data)
    return data, last
