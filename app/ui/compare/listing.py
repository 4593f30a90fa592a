"""The table of stored runs, and what is ticked in it."""

from collections.abc import Collection, Sequence
from math import inf

import pandas as pd
import streamlit as st

from app.runs import Entry
from app.ui.compare.kinds import facts_of, kind_words, ratio_words, title_of
from app.ui.compare.spec import MAX_RUNS, CompareSpec
from app.ui.compare.words import LOSS_FILTER_WORDS, PAGE, size_words

_RATIOS = {"1": (1.0, 1.0), "to-10": (1.0, 10.0), "to-100": (10.0, 100.0), "beyond": (100.0, inf)}
_TABLE, _FULL = f"{PAGE}:table", f"{PAGE}:full"
_ROW, _MOST_ROWS = 35, 13  # pixels, and rows that are seen at once


def listed(entries: Sequence[Entry], spec: CompareSpec) -> list[Entry]:
    """Return the runs that the filters leave."""
    return [entry for entry in entries if _passes(entry, spec)]


def _passes(entry: Entry, spec: CompareSpec) -> bool:
    facts = facts_of(entry.spec)
    return (
        spec.kind in ("any", entry.kind)
        and spec.loss in ("any", facts.loss)
        and (spec.ratio == "any" or _within(facts.ratios, spec.ratio))
    )


def _within(ratios: tuple[float, float] | None, wanted: str) -> bool:
    """Whether any of the ratios is above the lower end and at most the upper one."""
    if ratios is None:
        return False
    low, high = _RATIOS[wanted]
    if low == high:
        return ratios[0] <= low
    return ratios[1] > low and ratios[0] <= high


def choose(
    entries: Sequence[Entry], runs: tuple[str, ...], known: Collection[str]
) -> tuple[str, ...]:
    """Draw the table and return the ids ticked in it, after those that filters hide.

    Parameters
    ----------
    entries : sequence of Entry
        Rows of the table.
    runs : tuple of str
        Ids chosen so far, some of them perhaps of no run at all.
    known : collection of str
        Ids of all runs: what is not among them is forgotten when the choice changes.
    """
    shown = [entry.id for entry in entries]
    ticked = [run for run in runs if run in shown]
    event = st.dataframe(
        _frame(entries),
        key=_key(shown, ticked),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": sorted(map(shown.index, ticked))}},
        hide_index=True,
        placeholder="",
        height=_ROW * (min(len(shown), _MOST_ROWS) + 1) + 3,
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            "Classes": st.column_config.NumberColumn(width="small"),
            "Objective": st.column_config.NumberColumn(
                format="%.5g", help="At the last step; of sweeps, every cell has its own."
            ),
            "Certified gap": st.column_config.NumberColumn(
                format="%.2e", help="Objective less lower bound; of sweeps, the largest."
            ),
            "Made": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC"),
        },
        alt=f"{len(shown)} stored runs, newest first.",
    )
    if st.session_state.pop(_FULL, False):
        st.warning(f"Up to {MAX_RUNS} runs fit side by side: untick one first.")
    now = {shown[row] for row in event.selection.rows if row < len(shown)}
    st.session_state[_TABLE] = (shown, now, st.session_state[_TABLE][2])
    if now == set(ticked):
        return runs
    kept = [run for run in runs if run in now or (run in known and run not in shown)]
    wanted = (*kept, *(id for id in shown if id in now and id not in kept))
    if len(wanted) > MAX_RUNS:
        st.session_state[_FULL] = True
        st.rerun()  # with a new table, in which the last one is not ticked
    return wanted


def _key(shown: list[str], ticked: list[str]) -> str:
    """A new key, and so a table that starts with what is ticked, unless the table knows it."""
    last_shown, last_ticked, number = st.session_state.get(_TABLE, ([], set(), 0))
    if (last_shown, last_ticked) != (shown, set(ticked)):
        number += 1
    st.session_state[_TABLE] = (shown, set(ticked), number)
    return f"{_TABLE}:{number}"


def _frame(entries: Sequence[Entry]) -> pd.DataFrame:
    rows = [_row(entry) for entry in entries]
    frame = pd.DataFrame(rows, columns=list(_row_names()))
    return frame.astype({"Classes": "Int64", "Objective": float, "Certified gap": float})


def _row_names() -> tuple[str, ...]:
    return (
        "Run",
        "Kind",
        "Loss",
        "Classes",
        "Ratio",
        "Decays",
        "Objective",
        "Certified gap",
        "Made",
        "Size",
        "From",
    )


def _row(entry: Entry) -> tuple[object, ...]:
    facts, metrics = facts_of(entry.spec), entry.metrics
    return (
        title_of(entry.spec),
        kind_words(entry.spec),
        LOSS_FILTER_WORDS.get(facts.loss, ""),
        facts.classes,
        ratio_words(facts.ratios),
        facts.decays,
        metrics.get("objective"),
        metrics.get("gap", metrics.get("largest_gap")),
        pd.to_datetime(entry.created, utc=True, errors="coerce"),
        size_words(entry.size),
        origin_words(entry),
    )


def origin_words(entry: Entry) -> str:
    """Where a run is from."""
    if entry.bundled:
        return "the app"
    return "a file" if "received" in entry.provenance else "here"
