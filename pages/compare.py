"""Runs: find what was computed, open it, put up to four side by side, take it away."""

import streamlit as st

from app.ui.compare.cards import draw_cards
from app.ui.compare.comparison import draw_curves, draw_differences, draw_metrics
from app.ui.compare.finding import chosen_of, draw_filters, draw_problems
from app.ui.compare.importing import draw_import
from app.ui.compare.listing import choose, listed
from app.ui.compare.spec import CompareSpec
from app.ui.compare.words import LEAD, PAGE
from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.jobs import store
from app.ui.specs import close_spec, current_spec, open_spec

place = header("Runs", LEAD)
with guarded():
    spec = open_spec(CompareSpec, PAGE)
    entries, problems = store().list()
    if not teaching():
        with guarded():
            spec = close_spec(spec, PAGE, draw_filters(spec))
            known = {entry.id for entry in entries}
            found = listed(entries, spec)
            if found:
                spec = close_spec(spec, PAGE, {"runs": choose(found, spec.runs, known)})
            else:
                st.info("No stored run passes these filters.")
            draw_problems(problems)
            draw_import(spec, store())
    with guarded():
        chosen = chosen_of(spec, entries, store())
        runs = [each.run for each in chosen]
        if chosen:
            draw_cards(spec, chosen, store())
            st.subheader("Over training", anchor=False)
            spec = close_spec(spec, PAGE, {"metrics": draw_curves(spec, runs)})
        elif teaching():
            st.info("No run is chosen: leave this view and tick some.")
        if len(runs) > 1:
            st.subheader("What differs in their settings", anchor=False)
            draw_differences(runs)
        if runs and not teaching():
            st.subheader("At the end", anchor=False)
            draw_metrics(runs)
    share(place, current_spec(CompareSpec, PAGE), PAGE)
