"""Decision boundaries: rules side by side while gamma and the imbalance are dragged."""

import streamlit as st

from app.ui.boundary_charts import draw_charts
from app.ui.errors import guarded
from app.ui.header import header, share, teaching
from app.ui.live import live_boundaries
from app.ui.live_spec import SCENE_WORDS, BoundariesSpec, scene_of
from app.ui.live_words import sentences
from app.ui.specs import close_spec, control, open_spec

PAGE = "boundaries"


def choose_scene(spec: BoundariesSpec) -> BoundariesSpec:
    """Draw the controls that change the scene itself."""
    left, middle, right = st.columns([3, 1, 1])
    with left:
        values = {"scene": control(spec, PAGE, "scene", SCENE_WORDS)}
    if values["scene"] == "circle":
        with middle:
            values["classes"] = control(spec, PAGE, "classes")
    with right:
        values["seed"] = control(spec, PAGE, "seed")
    return close_spec(spec, PAGE, values)


@st.fragment
def draw() -> None:
    """All of the page: a release of a slider runs this once and nothing else."""
    place = header(
        "Decision boundaries",
        "Drag gamma or the imbalance: the boundaries of each rule follow at once.",
    )
    with guarded():
        spec = open_spec(BoundariesSpec, PAGE)
        if not teaching():
            spec = choose_scene(spec)
        scene = scene_of(spec)
        state = live_boundaries(scene, spec.picture(), f"{PAGE}:live", large=teaching())
        spec = close_spec(spec, PAGE, state.model_dump())
        if not teaching():
            st.subheader("What you are looking at", anchor=False)
            st.markdown(" ".join(sentences(scene, state)))
            draw_charts(scene, state)
        share(place, spec, PAGE)


draw()
