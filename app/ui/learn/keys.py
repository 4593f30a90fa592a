"""Arrow keys for the lesson."""

from collections.abc import Callable
from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.ui.header import teaching
from app.ui.learn.spec import PAGE
from app.ui.modules import loader

_KEY = f"{PAGE}:keys"


@cache
def _component() -> ComponentRenderer:
    """Register the component once; it shows nothing."""
    return st.components.v2.component(
        "lesson_keys", html="<span></span>", js=loader("lesson/keys.js")
    )


def listen(move: Callable[[int], None]) -> None:
    """Call ``move`` with 1 or -1 when an arrow key is pressed on no control."""

    def act() -> None:
        sent = st.session_state[_KEY]["move"]
        if sent in (1, -1):
            move(sent)

    _component()(key=_KEY, data={"teaching": teaching()}, width=1, height=1, on_move_change=act)
