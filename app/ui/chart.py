"""A figure on a page, and beneath it what can be taken away: its data and the Python it is of."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app.figures.style import CONFIG
from app.figures.table import figure_table
from app.ui.csv import csv_text
from app.ui.header import teaching
from app.ui.script import script

LABEL = "Data and code"
# Streamlit's template holds stand-ins for the colours of the page, which only its pages replace.
TEMPLATE = "plotly_white"


def chart(figure: go.Figure, key: str, alt: str, *code: str, **options: Any) -> None:
    """Draw a figure, and beneath it its data and code; projected, the figure alone.

    Parameters
    ----------
    figure : go.Figure
    key : str
        Of the page and the figure, such as "collapse:norms"; downloads are named by it.
    alt : str
        What the figure says.
    code : str
        Pieces of a script, which `app.ui.script.script` joins; run, it has made `figure`.
    options
        Of `st.plotly_chart`.
    """
    with st.container(gap=None):
        st.plotly_chart(figure, config=CONFIG, key=key, alt=alt, **options)
        take_away(lambda: figure, key, *code)


def take_away(figure: Callable[[], go.Figure], key: str, *code: str, label: str = LABEL) -> None:
    """Draw the way to a figure's data, to the figure as a page of its own, and to its code.

    For figures that the page draws in another way, too: nothing is computed before a click.

    Parameters
    ----------
    figure : callable
        Makes the figure.
    key, code
        As for `chart`.
    label : str
        Where there is more than one figure.
    """
    if teaching():
        return
    name = key.replace(":", "-")
    with (
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(label, type="tertiary", key=f"{key}:take"),
    ):
        with st.container(horizontal=True, gap="small"):
            for words, make, file in (
                ("Data (.csv)", lambda: csv_text(figure_table(figure())), f"{name}.csv"),
                ("Figure (.html)", lambda: standalone(figure()), f"{name}.html"),
            ):
                st.download_button(
                    words, make, file_name=file, key=f"{key}:{words}", on_click="ignore"
                )
        st.code(script(*code, ending(name)), language="python", height=320)


def standalone(figure: go.Figure) -> str:
    """Return a figure as a page that needs no network."""
    return str(go.Figure(figure).update_layout(template=TEMPLATE).to_html(include_plotlyjs=True))


def ending(name: str) -> str:
    """The last line of the script of a figure."""
    return f'figure.update_layout(template="{TEMPLATE}").write_html("{name}.html")'
