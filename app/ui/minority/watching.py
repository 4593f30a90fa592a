"""The sweep on the page: drawn while it is computed, then with what it shows."""

import json

import streamlit as st

from app.figures.style import enlarged
from app.runs import Run, Snapshot, run_bytes
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import findings
from app.ui.header import teaching
from app.ui.minority.cell import draw_cell
from app.ui.minority.code import python_code
from app.ui.minority.picture import draw_map, map_figure, theory_of
from app.ui.minority.spec import MinoritySpec
from app.ui.minority.sweeping import Held, held
from app.ui.minority.words import PAGE

UPDATE_SECONDS = 0.2
# A sweep usually takes less: then the page is drawn once, with all of it.
_WAIT_SECONDS = 0.6


def watch(spec: MinoritySpec) -> None:
    """Draw the map of the sweep that the settings ask for, and what it shows."""
    found = held(spec.sweep())
    if found.active and found.job is not None:
        found.job.wait(_WAIT_SECONDS)
    if found.active:
        st.fragment(lambda: _draw_partly(spec, found), run_every=UPDATE_SECONDS)()
        return
    if found.problem:
        st.error(found.problem)
    latest = found.latest()
    if latest is not None and found.run is not None:
        _draw_whole(spec, latest, found.run)


def _draw_partly(spec: MinoritySpec, found: Held) -> None:
    """Runs by itself until the sweep has ended."""
    if not found.active:
        st.rerun()
    latest = found.latest()
    share = 0.0 if found.job is None else found.job.progress
    st.progress(share, "Solving the grid, coarse first")
    if latest is not None:
        draw_map(spec, latest.arrays)


def _draw_whole(spec: MinoritySpec, latest: Snapshot, run: Run) -> None:
    sweep, arrays = spec.sweep(), latest.arrays
    draw_map(spec, arrays)
    theory = theory_of(sweep)
    st.caption(_map_words(sweep))
    draw_cell(spec, arrays)
    if not teaching():
        st.subheader("What this map shows", anchor=False)
    st.markdown("\n".join(f"- {sentence}" for sentence in findings(sweep, arrays, theory)))
    if not teaching():
        st.caption(theory.statement)
        _draw_hand_over(spec, latest, run)


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


def _draw_hand_over(spec: MinoritySpec, latest: Snapshot, run: Run) -> None:
    """Files and code."""
    sweep = spec.sweep()
    st.subheader("Take it on", anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for label, content, name in (
            ("Run (.safetensors)", lambda: run_bytes(run), f"{sweep.id}.safetensors"),
            ("Spec (.json)", _spec_text(sweep), f"{sweep.id}.json"),
            ("Map as HTML", lambda: _page(spec, latest), "phase-diagram.html"),
        ):
            st.download_button(
                label, content, file_name=name, key=f"{PAGE}:{label}", on_click="ignore"
            )
    with st.expander("Python"):
        st.code(python_code(sweep), language="python")


def _spec_text(sweep: SweepSpec) -> str:
    content = {"kind": type(sweep).__name__, "spec": sweep.model_dump(mode="json")}
    return json.dumps(content, indent=1)


def _page(spec: MinoritySpec, latest: Snapshot) -> str:
    figure = enlarged(map_figure(spec, latest.arrays))
    return str(figure.to_html(include_plotlyjs=True))
