"""Lesson: from balanced data to your own logits in six steps, each with a live figure."""

from collections.abc import Callable

import streamlit as st

from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.learn.content import FOLDER, FigureName, Lesson, lessons
from app.ui.learn.films import draw_centers, draw_training
from app.ui.learn.maps import draw_boundaries, draw_phases
from app.ui.learn.shown import Shown
from app.ui.learn.spec import PAGE, LessonSpec
from app.ui.learn.tuning import draw_curve
from app.ui.learn.words import draw_steps, draw_variants, draw_words
from app.ui.specs import close_spec, open_spec, with_values

FIGURES: dict[FigureName, Callable[[LessonSpec, str], Shown]] = {
    "film": draw_training,
    "centers": draw_centers,
    "phase": draw_phases,
    "boundaries": draw_boundaries,
    "curve": draw_curve,
}


def draw_step(spec: LessonSpec, lesson: Lesson) -> LessonSpec:
    """Draw figure and words; what was set in the figure may be what the exercise asks for."""
    st.html(FOLDER / "lesson.css")
    with st.container(key="lesson-body"):
        if teaching():
            text, figure = st.container(), st.container()
        else:
            text, figure = st.columns([1, 2.6], gap="large")
    with figure:
        draw_variants(spec, lesson)
        shown = FIGURES[lesson.figure](spec, lesson.variant(spec.variant).preset)
    values = shown.values
    acted = with_values(spec, values) != spec
    if acted and shown.done and lesson.done_by == "figure":
        values = values | {"done": spec.ticked()}
    spec = close_spec(spec, PAGE, values)
    with text:
        draw_words(spec, lesson, shown)
    return spec


@st.fragment
def draw() -> None:
    """All of the page: what is done in a figure runs this once and nothing else."""
    top = st.container()
    with guarded():
        spec = open_spec(LessonSpec, PAGE)
        lesson = lessons()[spec.step - 1]
        with top:
            place = header(f"{spec.step}. {lesson.title}", lesson.lead)
            steps = st.container()
        with guarded():
            spec = draw_step(spec, lesson)
        with steps:
            draw_steps(spec)
        share(place, spec, PAGE)


draw()
