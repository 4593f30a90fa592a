"""The process's runs: one store and one runner for all sessions."""

import streamlit as st

from app.runs import Runner, RunStore, default_store


@st.cache_resource(show_spinner=False)
def store() -> RunStore:
    """Bundled and local runs."""
    return default_store()


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """Where everything is computed that takes longer than a moment."""
    return Runner(store())
