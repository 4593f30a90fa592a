"""The sweep on the page: drawn while it is computed, then with what it shows."""

import streamlit as st

from app.cluster import waited_for
from app.figures.sweep_map import Arrays
from app.runs import Run
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import findings
from app.ui.glossary import caption, defined
from app.ui.hand_over import draw_hand_over
from app.ui.header import teaching
from app.ui.held import UPDATE_SECONDS, Held
from app.ui.minority.cell import draw_cell
from app.ui.minority.code import python_code
from app.ui.minority.picture import draw_map, theory_of
from app.ui.minority.spec import MinoritySpec
from app.ui.minority.sweeping import latest, sweep_of
from app.ui.minority.words import PAGE
from app.ui.text import plain

# A sweep usually takes less: then the page is drawn once, with all of it.
_WAIT_SECONDS = 0.6


def watch(spec: MinoritySpec) -> None:
    """Draw the map of the sweep that the settings ask for, and what it shows."""
    found = sweep_of(spec.sweep())
    if found.active and found.job is not None:
        found.job.wait(_WAIT_SECONDS)
    if found.active:
        st.fragment(lambda: _draw_partly(spec, found), run_every=UPDATE_SECONDS)()
        return
    if found.problem:
        st.error(plain(found.problem))
    run, last = found.run, latest(found)
    if last is not None and run is not None and run.complete:
        _draw_whole(spec, last.arrays, run)


def _draw_partly(spec: MinoritySpec, found: Held[SweepSpec]) -> None:
    """Runs by itself until the sweep has ended."""
    if not found.active:
        st.rerun()
    last = latest(found)
    share = 0.0 if found.job is None else found.job.progress
    st.progress(share, f"Solving the grid, coarse first{waited_for()}")
    if last is not None:
        draw_map(spec, last.arrays)


def _draw_whole(spec: MinoritySpec, arrays: Arrays, run: Run) -> None:
    sweep = spec.sweep()
    draw_map(spec, arrays)
    theory = theory_of(sweep)
    caption(_map_words(sweep))
    draw_cell(spec, arrays)
    if not teaching():
        st.subheader("What this map shows", anchor=False)
    st.markdown(defined("\n".join(f"- {sentence}" for sentence in findings(sweep, arrays, theory))))
    if not teaching():
        caption(theory.statement)
        draw_hand_over(PAGE, sweep, run, python_code(sweep))


def _map_words(sweep: SweepSpec) -> str:
    """How the map is to be read."""
    shape = f"{sweep.ratios.size} × {sweep.decays.size} models, each solved"
    if sweep.profile == "exponential":
        return f"{shape}; one line a class. The tail class has {sweep.tail_count} samples."
    return (
        f"{shape}; lines are formulas, dots the measured border, by bisection. "
        f"{sweep.classes - sweep.num_minority} majority and {sweep.num_minority} minority classes, "
        f"those of {sweep.tail_count} samples each."
    )
