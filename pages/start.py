"""Start: what the lab is about in one picture that moves by itself, and the ways in."""

import streamlit as st

from app.scenes import etf_scene
from app.ui.chart import take_away
from app.ui.errors import guarded
from app.ui.footer import footer
from app.ui.header import header, share, teaching
from app.ui.live import live_boundaries
from app.ui.live_code import picture_code, scene_code
from app.ui.live_spec import BoundariesSpec
from app.ui.live_words import picture
from app.ui.specs import close_spec, open_spec
from app.ui.start import StartSpec, draw_doors, draw_way_on

PAGE = "start"


@st.fragment
def draw() -> None:
    """All that depends on the picture: a release of a slider runs this once."""
    place = header(
        "Collapse Lab",
        "Rare classes scatter more, yet a simplex ETF gives every class the same share of space."
        "  \nDrag gamma or the imbalance: adjusted logits move the boundaries, and the tail gains.",
    )
    with guarded():
        spec = open_spec(StartSpec, PAGE)
        scene = etf_scene()
        state = live_boundaries(
            scene,
            spec.picture(),
            f"{PAGE}:live",
            large=teaching(),
            autoplay="gamma",
            controls=("gamma", "ratio"),
        )
        spec = close_spec(spec, PAGE, state.model_dump())
        if not teaching():
            take_away(
                lambda: picture(scene, state),
                f"{PAGE}:regions",
                scene_code(BoundariesSpec(scene="etf")),
                picture_code(scene.num_classes, state),
            )
            draw_way_on(state)
            draw_doors()
        share(place, spec, PAGE)


draw()
footer()
