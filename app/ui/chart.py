"""A figure on a page, and beneath it what can be taken away: its data and the Python it is of."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd
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


def chart(
    figure: go.Figure,
    key: str,
    alt: str,
    *code: str,
    table: Callable[[], pd.DataFrame] | None = None,
    **options: Any,
) -> None:
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
    table : callable, optional
        Returns the data, where they say more than `app.figures.table.figure_table` finds.
    options
        Of `st.plotly_chart`.
    """
    with st.container(gap=None, horizontal_alignment="right"):
        st.plotly_chart(figure, config=CONFIG, key=key, alt=alt, **options)
        if not teaching():
            _offer({key: Way(lambda: figure, code, table=table)}, key)


def take_away(
    figure: Callable[[], go.Figure],
    key: str,
    *code: str,
    table: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Draw the way to a figure's data, to the figure as a page of its own, and to its code.

    For what a page draws in another way, too. Nothing of it is computed or sent before it is
    opened. Not projected.

    Parameters
    ----------
    figure : callable
        Makes the figure.
    key, code, table
        As for `chart`.
    """
    take_away_each({key: Way(figure, code, table=table)}, key)


class Way(NamedTuple):
    """What `take_away` offers of one figure; its title is that of a tab."""

    figure: Callable[[], go.Figure]
    code: tuple[str, ...]
    title: str = ""
    table: Callable[[], pd.DataFrame] | None = None


def take_away_each(ways: Mapping[str, Way], key: str) -> None:
    """As `take_away`, of several figures behind one control, a tab each.

    Parameters
    ----------
    ways : mapping of str to Way
        By the key of each figure.
    key : str
        Of what they are drawn as on the page.
    """
    if not teaching():
        with st.container(horizontal_alignment="right"):
            _offer(ways, key)


def _offer(ways: Mapping[str, Way], key: str) -> None:
    menu = st.popover(f":small[{LABEL}]", type="tertiary", key=f"{key}:take", on_change="rerun")
    if not menu.open:
        return
    with menu:
        if len(ways) == 1:
            _draw_way(*next(iter(ways.items())))
            return
        tabs = st.tabs([way.title for way in ways.values()])
        for tab, (name, way) in zip(tabs, ways.items(), strict=True):
            with tab:
                _draw_way(name, way)


def _draw_way(key: str, way: Way) -> None:
    name = key.replace(":", "-")
    table = way.table or (lambda: figure_table(way.figure()))
    with st.container(horizontal=True, gap="small"):
        for words, make, file in (
            ("Data (.csv)", lambda: csv_text(table()), f"{name}.csv"),
            ("Figure (.html)", lambda: standalone(way.figure()), f"{name}.html"),
        ):
            st.download_button(words, make, file_name=file, key=f"{key}:{words}", on_click="ignore")
    text = script(*way.code, ending(name))
    st.code(text, language="python", height=360 if text.count("\n") > 16 else "content")


def standalone(figure: go.Figure) -> str:
    """Return a figure as a page that needs no network."""
    return str(go.Figure(figure).update_layout(template=TEMPLATE).to_html(include_plotlyjs=True))


def ending(name: str) -> str:
    """The last line of the script of a figure."""
    return f'figure.update_layout(template="{TEMPLATE}").write_html("{name}.html")'
