"""Settings of the start page and its doors, the ways into the lab."""

from typing import NamedTuple

import streamlit as st
from pydantic import Field

from app.ui.glossary import caption
from app.ui.live_state import LiveState, RuleName
from app.ui.ways import PAGES, draw_way


class StartSpec(LiveState):
    """What is set in the picture; from the start the raw logits are there to compare with."""

    spread: float = Field(
        0.3,
        ge=0,
        le=0.6,
        title="spread",
        description="Noise of a class with 100 training samples, relative to the feature norm.",
    )
    rules: tuple[RuleName, ...] = Field(
        ("raw", "mla", "ala", "1vs1"), title="Rules", description="The rules shown, one to four."
    )

    def picture(self) -> LiveState:
        """The same settings as the picture takes them."""
        return LiveState(**self.model_dump())


class Door(NamedTuple):
    """A way into the lab: a page and what it is for."""

    page: str
    title: str
    words: str


DOORS = (
    Door(
        "learn",
        "Learn",
        "Six steps from balanced classes to your own logits, each with a live figure, something "
        "to try and a question.",
    ),
    Door(
        "tune",
        "Tune my logits",
        "Drop the logits of a long-tailed classifier: the exact best adjustment, how sure it "
        "is, who wins and who loses, and the code.",
    ),
    Door(
        "collapse",
        "Experiment",
        "Choose a loss, an imbalance and a weight decay; train, and watch class means and "
        "classifier fall into the geometry that theory predicts.",
    ),
)


def draw_way_on(picture: LiveState) -> None:
    """Draw the link that goes on from the picture as it is."""
    draw_way(
        "boundaries",
        "This picture with every slider, and the angles that theory predicts",
        picture.to_query() | {"scene": "etf"},
    )


def draw_doors() -> None:
    """Draw the ways in side by side."""
    for door, column in zip(DOORS, st.columns(len(DOORS)), strict=True):
        with column.container(border=True, height="stretch"):
            st.page_link(PAGES / f"{door.page}.py", label=f"**{door.title}** →")
            caption(door.words)
