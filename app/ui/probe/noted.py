"""Controls of this page that are no plain field: what they were set to, until the page takes it."""

from typing import Any

import streamlit as st

from app.ui.probe.words import PAGE

_NOTED = f"{PAGE}:noted"


def note(values: dict[str, Any]) -> None:
    """Keep values of settings, from a callback; they win over what is in force."""
    st.session_state[_NOTED] = st.session_state.get(_NOTED, {}) | values


def noted() -> dict[str, Any]:
    """Values that were set since last asked."""
    found: dict[str, Any] = st.session_state.pop(_NOTED, {})
    return found


def shown(name: str, value: Any) -> str:
    """Key of such a control, after making it show a value."""
    key = f"{PAGE}.{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key
