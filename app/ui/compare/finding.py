"""Filters, files that cannot be used, and the runs that a link names."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.errors import UserError
from app.runs import Entry, Run, RunStore
from app.ui.compare.spec import CompareSpec
from app.ui.compare.words import KIND_WORDS, LOSS_FILTER_WORDS, PAGE, RATIO_WORDS
from app.ui.specs import control
from app.ui.text import plain


class Chosen(NamedTuple):
    """A run that is looked at, with what the store says of it."""

    entry: Entry
    run: Run


def draw_filters(spec: CompareSpec) -> dict[str, Any]:
    """Draw the filters of the table and return their values."""
    words = {"kind": KIND_WORDS, "loss": LOSS_FILTER_WORDS, "ratio": RATIO_WORDS}
    values = {}
    for place, name in zip(st.columns(len(words)), words, strict=True):
        with place:
            values[name] = control(spec, PAGE, name, words[name])
    return values


def draw_problems(problems: Sequence[str]) -> None:
    """List the files that cannot be used, for as long as the session lasts.

    Those that are no runs are moved away when they are first met, and not met again.
    """
    met: dict[str, None] = st.session_state.setdefault(f"{PAGE}:unusable", {})
    met.update(dict.fromkeys(problems))
    if not met:
        return
    title = "1 file cannot be used" if len(met) == 1 else f"{len(met)} files cannot be used"
    with st.expander(title, icon=":material/warning:"):
        st.markdown("\n".join(f"- {plain(problem)}" for problem in met))


def chosen_of(spec: CompareSpec, entries: Sequence[Entry], kept: RunStore) -> list[Chosen]:
    """Return the runs that are looked at; a sentence is shown for each that cannot be."""
    by_id = {entry.id: entry for entry in entries}
    found = []
    for id in spec.runs:
        try:
            run = kept.load(id)
        except UserError as error:
            st.warning(plain(str(error)))
            continue
        if id in by_id:  # not if it was stored after the list was read
            found.append(Chosen(by_id[id], run))
    return found
