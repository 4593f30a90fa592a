"""What is made of a run, once for whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.probe import ProbeSpec
from app.runs import Run
from app.ui.once import Origin, kept, once, origin_of

CALLS: list[tuple[str | None, str]] = []


@once
def drawn(of: Origin | None, look: str, _data: object) -> list[str]:
    CALLS.append((None if of is None else of.name, look))
    return [look]


@pytest.fixture(autouse=True)
def _fresh():
    CALLS.clear()


def visit(name):
    """What a session draws: of a run of all, of its own, of what goes on, each twice."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from app.ui.once import Origin
    from tests.ui.test_once import drawn

    # Tests without a server have one name for all sessions.
    get_script_run_ctx().session_id = name
    for of in (Origin("shared"), Origin("mine", own=True), None):
        for look in ("first", "first"):
            st.text(drawn(of, look, object())[0])


def test_those_who_ask_at_the_same_time_wait_for_the_first():
    made, gate = [], threading.Event()

    @kept(4)
    def slow(setting: int) -> list[int]:
        made.append(setting)
        gate.wait(10)
        return [setting]

    with ThreadPoolExecutor(8) as visitors:
        asked = [visitors.submit(slow, k % 2) for k in range(8)]
        gate.set()
        found = [answer.result(20) for answer in asked]
    assert sorted(made) == [0, 1]
    assert all(answer is found[k % 2] for k, answer in enumerate(found))


def test_sessions_share_what_is_made_of_a_run_of_all_and_keep_their_own():
    for name in ("one session", "another"):
        app = AppTest.from_function(visit, args=(name,)).run()
        assert not app.exception
        assert [text.value for text in app.text] == ["first"] * 6
    each = [("mine", "first"), (None, "first"), (None, "first")]
    expected = [("shared", "first"), *each, *each]
    assert expected == CALLS


def test_other_settings_make_another():
    of = Origin("another run")
    assert drawn(of, "a", 1) is drawn(of, "a", 2)
    assert drawn(of, "b", 1) == ["b"]


FOUND = {"arrays": {"a": np.zeros(2)}, "metrics": {"m": 1.0}}


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"provenance": {"created": "2026-01-02"}}, True),
        ({"provenance": {"complete": "no"}}, False),
        ({"arrays": {"a": np.array([0.0, 1e-300])}}, False),
        ({"arrays": {"b": np.zeros(2)}}, False),
        ({"arrays": {"a": np.zeros((2, 1))}}, False),
        ({"metrics": {"m": 2.0}}, False),
    ],
)
def test_a_run_that_found_something_else_is_another(changes, same):
    first, other = (Run(ProbeSpec(), **(FOUND | more)) for more in ({}, changes))
    assert (origin_of(first) == origin_of(other)) == same
