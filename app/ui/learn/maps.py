"""The steps of the lesson with a map of phases and with decision regions."""

import streamlit as st

from app.runs.replay import snapshots_of
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import measured_phases
from app.ui.chart import take_away
from app.ui.header import teaching
from app.ui.jobs import store as run_store
from app.ui.learn.facts import phase_facts, picture_facts
from app.ui.learn.shown import Shown, preset_spec
from app.ui.learn.spec import PAGE, LessonSpec
from app.ui.live import live_boundaries
from app.ui.live_code import picture_code, scene_code
from app.ui.live_spec import BoundariesSpec, scene_of
from app.ui.live_words import picture
from app.ui.minority.cell import draw_cell
from app.ui.minority.picture import clicked, draw_map, theory_of
from app.ui.minority.spec import from_sweep
from app.ui.specs import control, with_values

ENOUGH_GAMMA = 0.3
_MERGED = 1  # index into `app.ufm.sweep_theory.PHASES`


def draw_phases(spec: LessonSpec, name: str) -> Shown:
    """Draw the map of a bundled sweep; a click on a cell looks into it."""
    sweep = preset_spec(SweepSpec, name)
    arrays = snapshots_of(run_store().load(sweep.id))[-1].arrays
    values = {"row": spec.row, "column": spec.column} | clicked()
    page = with_values(from_sweep(sweep), values)
    draw_map(page, arrays)
    draw_cell(page, arrays)
    if not teaching():
        with st.container(horizontal=True):
            values = {field: control(with_values(spec, values), PAGE, field) for field in values}
        page = with_values(page, values)
    place = page.picked()
    return Shown(
        "minority",
        page.to_short_query(),
        phase_facts(sweep, arrays, theory_of(sweep)),
        values,
        done=place is not None and bool(measured_phases(arrays)[place] == _MERGED),
    )


def draw_boundaries(spec: LessonSpec, name: str) -> Shown:
    """Draw decision regions that follow gamma and the imbalance."""
    page = with_values(BoundariesSpec(), {"scene": name})
    scene = scene_of(page)
    state = live_boundaries(
        scene,
        spec.picture(),
        f"{PAGE}:live",
        large=teaching(),
        controls=("gamma", "ratio"),
    )
    take_away(
        lambda: picture(scene, state),
        f"{PAGE}:regions",
        scene_code(page),
        picture_code(scene.num_classes, state),
    )
    return Shown(
        "boundaries",
        with_values(page, state.model_dump()).to_short_query(),
        picture_facts(scene, state, ENOUGH_GAMMA),
        state.model_dump(),
        done=state.gamma > ENOUGH_GAMMA,
    )
