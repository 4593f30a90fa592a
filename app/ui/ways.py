"""Links from one page to another that keep what was set."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).resolve().parents[2] / "pages"


def draw_way(page: str, label: str, query: Mapping[str, str]) -> None:
    """Draw a link to a page.

    Parameters
    ----------
    page : str
        Name of its file, such as "collapse".
    label : str
        Names the page by its title.
    query : mapping of str to str
        Settings that it opens with.
    """
    st.page_link(
        PAGES / f"{page}.py",
        label=label,
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params=dict(query),
    )
