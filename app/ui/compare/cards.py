"""The chosen runs side by side: what each is, where it opens, what can be taken away."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.runs import Entry, Run, RunStore, run_bytes
from app.ui.compare.finding import Chosen
from app.ui.compare.importing import may_delete
from app.ui.compare.kinds import kind_of, kind_words, link_query, title_of
from app.ui.compare.listing import origin_words
from app.ui.compare.pictures import picture_of
from app.ui.compare.spec import CompareSpec
from app.ui.compare.words import PAGE, size_words
from app.ui.csv import csv_text
from app.ui.errors import guarded
from app.ui.header import teaching
from app.ui.specs import store as set_spec
from app.ui.specs import with_values
from app.ui.text import plain
from app.ui.ways import draw_way

_PICTURE = 96  # pixels


def draw_cards(spec: CompareSpec, chosen: Sequence[Chosen], kept: RunStore) -> None:
    """Draw a card a run."""
    for place, (entry, run) in zip(st.columns(len(chosen)), chosen, strict=True):
        with place.container(border=True, height="stretch"), guarded():
            _draw_what(entry, run)
            if not teaching():
                _draw_ways(entry, run)
                if not entry.bundled and may_delete(entry.id):
                    _draw_delete(spec, entry, kept)


def _draw_what(entry: Entry, run: Run) -> None:
    """Picture, title and origin."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if (picture := picture_of(run)) is not None:
            svg, words = picture
            st.image(svg, width=_PICTURE, caption=words)
        with st.container(width="stretch", gap="small"):
            st.markdown(f"**{plain(title_of(run.spec))}**")
            st.caption(plain(_origin(entry)))


def _origin(entry: Entry) -> str:
    """Kind, source, date, device and size in one line."""
    provenance = entry.provenance
    seconds, device = provenance.get("seconds"), provenance.get("device")
    parts = [
        kind_words(entry.spec),
        "made here" if origin_words(entry) == "here" else f"from {origin_words(entry)}",
        entry.created[:10],
        f"{seconds} s{f' on {device}' if device else ''}" if seconds else "",
        size_words(entry.size),
        "" if provenance.get("complete") != "no" else "not run to its end",
    ]
    return " · ".join(part for part in parts if part)


def _draw_ways(entry: Entry, run: Run) -> None:
    """The link to its page, and its files."""
    query, kind = link_query(run.spec), kind_of(run.spec)
    if query is not None and kind is not None:
        draw_way(kind.page, f"Open in {kind.words}", query)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Run (.safetensors)",
            lambda: run_bytes(run),
            file_name=f"{entry.id}.safetensors",
            key=f"{PAGE}:run:{entry.id}",
            on_click="ignore",
        )
        if "curve/step" in run.arrays:
            st.download_button(
                "Curves (.csv)",
                lambda: curves_csv(run),
                file_name=f"{entry.id}-curves.csv",
                key=f"{PAGE}:csv:{entry.id}",
                on_click="ignore",
            )


def curves_csv(run: Run) -> str:
    """Return a table of every metric of a run at every step that it keeps."""
    names = sorted(name for name in run.arrays if name.startswith("curve/"))
    names.sort(key=lambda name: name != "curve/step")
    columns = {name.removeprefix("curve/"): np.asarray(run.arrays[name]) for name in names}
    return csv_text(pd.DataFrame(columns))


def _draw_delete(spec: CompareSpec, entry: Entry, kept: RunStore) -> None:
    with st.popover("Delete", key=f"{PAGE}:delete:{entry.id}"):
        st.markdown(f"Delete run {entry.id} from this machine? Its file is gone then.")
        if st.button("Delete it", key=f"{PAGE}:deleted:{entry.id}", type="primary"):
            kept.delete(entry.id)
            left = tuple(run for run in spec.runs if run != entry.id)
            set_spec(PAGE, with_values(spec, {"runs": left}))
            st.rerun()
