"""Streamlit entry point: page table and page config, nothing else."""

from pathlib import Path

import streamlit as st

from app.ui.boot import boot

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "pages"

boot()
page = st.navigation(
    [
        st.Page(PAGES / "start.py", title="Start", default=True),
        st.Page(PAGES / "learn.py", title="Lesson", url_path="learn"),
        st.Page(PAGES / "boundaries.py", title="Boundaries", url_path="boundaries"),
        st.Page(PAGES / "collapse.py", title="Collapse", url_path="collapse"),
        st.Page(PAGES / "minority.py", title="Minority collapse", url_path="minority"),
        st.Page(PAGES / "centers.py", title="Multiple centers", url_path="centers"),
        st.Page(PAGES / "probe.py", title="Linear probe", url_path="probe"),
        st.Page(PAGES / "tune.py", title="Tune gamma", url_path="tune"),
        st.Page(PAGES / "compare.py", title="Runs", url_path="compare"),
        st.Page(PAGES / "papers.py", title="Papers", url_path="papers"),
    ],
    position="top",
)
# A file of ours, and no icons in the table above: as a tab's icon Streamlit's named ones come
# from a font server.
st.set_page_config(
    page_title=f"{page.title} · Collapse Lab", page_icon=ROOT / "assets/icon.svg", layout="wide"
)
page.run()
