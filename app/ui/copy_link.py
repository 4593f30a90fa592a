"""The "Copy link" button."""

from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.ui.bundle import ASSETS
from app.ui.modules import loader


@cache
def _component() -> ComponentRenderer:
    """Register the component once."""
    return st.components.v2.component(
        "copy_link",
        html='<button type="button">Copy link</button><span role="status"></span>',
        css=(ASSETS / "copy_link.css").read_text(),
        js=loader("copy_link.js"),
    )


def copy_link(link: str, key: str) -> None:
    """Draw a button that copies ``link`` to the clipboard."""
    _component()(key=key, data={"link": link}, width="content")
