"""Streamlit entry point: page table and page config, nothing else."""

from pathlib import Path

import streamlit as st

from app.ui.boot import boot

PAGES = Path(__file__).resolve().parents[1] / "pages"

boot()
st.set_page_config(page_title="Collapse Lab", page_icon=":material/scatter_plot:", layout="wide")
st.navigation(
    [
        st.Page(PAGES / "start.py", title="Start", icon=":material/home:", default=True),
        st.Page(PAGES / "tune.py", title="Tune gamma", icon=":material/tune:", url_path="tune"),
    ],
    position="top",
).run()
