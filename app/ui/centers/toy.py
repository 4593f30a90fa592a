"""Decision regions of the rules: in a plane of the frame, and in the toy of three vectors."""

import streamlit as st

from app.centers import model_of
from app.centers.toy import plane_regions, triangle
from app.figures import centers_regions
from app.ui.centers.code import TRIANGLE, regions_code
from app.ui.centers.noisy import names_of
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import PAGE, TRIANGLE_TEXT
from app.ui.chart import chart
from app.ui.glossary import caption, defined

_WINDOW, _POINTS = 1.4, 161


def draw_regions(spec: CentersPageSpec) -> None:
    """Draw what every rule says between the largest and the smallest class."""
    model = model_of(spec.model())
    names, pair = names_of(model), (int(model.counts.argmax()), int(spec.looked_class()))
    if pair[0] == pair[1]:
        pair = pair[0], (pair[0] + 1) % model.num_classes
    places, regions = plane_regions(model.frame, model.counts, pair, _WINDOW, _POINTS)
    words = centers_regions.regions_alt(regions, pair, names)
    chart(
        centers_regions.regions_figure(places, regions, pair, names),
        f"{PAGE}:regions",
        words,
        *regions_code(spec.model(), pair, _WINDOW, _POINTS),
    )
    caption(
        f"The plane of the mean directions of {names[pair[0]]} (right) and {names[pair[1]]} (up). "
        f"{words} Below and left of them the other classes win; grey: several tie."
    )


def draw_triangle() -> None:
    """Draw the toy in which GCR only shifts the guess."""
    toys = {"A vector each": triangle((0, 1, 2)), "f = (1, 2)": triangle((0, 1, 1))}
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        chart(
            centers_regions.triangle_figure(toys),
            f"{PAGE}:triangle",
            "Three equal cells: a third each, or two thirds for the owner of two of them.",
            TRIANGLE,
        )
    with right:
        st.markdown(defined(TRIANGLE_TEXT))
