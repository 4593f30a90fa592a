"""Who may delete a stored run, and how many one visit may add."""

from types import SimpleNamespace

import pytest
from streamlit import config

from app.ui.compare import importing
from app.ui.compare.importing import _SENT, may_delete


@pytest.fixture
def visitor(monkeypatch):
    """A visit whose server listens at `address` and got the request with `headers`."""

    def come(address, *headers, sent=()):
        session = {_SENT: set(sent)}
        context = SimpleNamespace(headers=dict.fromkeys(headers, "1.2.3.4"))
        monkeypatch.setattr(
            importing, "st", SimpleNamespace(session_state=session, context=context)
        )
        monkeypatch.setattr(
            config, "get_option", lambda name: address if name == "server.address" else None
        )

    return come


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
def test_on_one_s_own_machine_every_run_may_go(visitor, address):
    visitor(address)
    assert may_delete("a")


@pytest.mark.parametrize(
    ("address", "headers"),
    [("0.0.0.0", ()), (None, ()), ("localhost", ("X-Forwarded-For",)), ("::1", ("X-Real-Ip",))],
)
def test_where_others_visit_only_what_one_has_sent_may_go(visitor, address, headers):
    visitor(address, *headers, sent=("mine",))
    assert may_delete("mine")
    assert not may_delete("another")
