"""Settings of the start page and its doors, the ways into the lab."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from pydantic import Field

from app.ui.live_state import LiveState, RuleName

PAGES = Path(__file__).resolve().parents[2] / "pages"


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
    """A way into the lab: a page, what it is for, and the settings it opens with."""

    page: str
    title: str
    words: str
    query: dict[str, str]


def doors(picture: LiveState) -> tuple[Door, ...]:
    """Return the ways in; the first goes on from the picture as it is."""
    return (
        Door(
            "boundaries",
            "See why",
            "The same picture with every slider, the angles that theory predicts and how far "
            "each rule is from the best boundary.",
            picture.to_query() | {"scene": "etf"},
        ),
        Door(
            "tune",
            "Tune my logits",
            "Drop the logits of a long-tailed classifier: the exact best adjustment, how sure it "
            "is, who wins and who loses, and the code.",
            {},
        ),
        Door(
            "collapse",
            "Experiment",
            "Choose a loss, an imbalance and a weight decay; train, and watch class means and "
            "classifier fall into the geometry that theory predicts.",
            {},
        ),
    )


def draw_doors(picture: LiveState) -> None:
    """Draw the ways in side by side."""
    ways = doors(picture)
    for way, column in zip(ways, st.columns(len(ways)), strict=True):
        with column.container(border=True, height="stretch"):
            label = f"**{way.title}** →"
            st.page_link(PAGES / f"{way.page}.py", label=label, query_params=way.query)
            st.caption(way.words)
