"""The process's runs: one store and one runner for all sessions."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.runs import Runner, RunStore, default_store


@st.cache_resource(show_spinner=False)
def store() -> RunStore:
    """Bundled and local runs."""
    return default_store()


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """Where everything is computed that takes longer than a moment."""
    return Runner(store(), session=session_id)


@st.cache_resource(show_spinner=False)
def private_runner() -> Runner:
    """Where is computed what is not to be stored; one at a time, beside what all may see."""
    return Runner(None, workers=1, session=session_id)


def session_id() -> str:
    """Name of the session whose script is running."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id
