"""Decision regions of the rules: in a plane of the frame, and in the toy of three vectors."""

from functools import cache

import plotly.graph_objects as go
import streamlit as st

from app.centers import Model, model_of
from app.centers.toy import plane_regions, triangle
from app.figures import centers_regions
from app.figures.style import settled
from app.ui.centers.code import TRIANGLE, regions_code
from app.ui.centers.noisy import names_of
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import PAGE, TRIANGLE_TEXT
from app.ui.chart import chart
from app.ui.glossary import caption, defined
from app.ui.once import Origin, once

_WINDOW, _POINTS = 1.4, 161


def draw_regions(spec: CentersPageSpec) -> None:
    """Draw what every rule says between the largest and the smallest class."""
    model = model_of(spec.model())
    names, pair = names_of(model), (int(model.counts.argmax()), int(spec.looked_class()))
    if pair[0] == pair[1]:
        pair = pair[0], (pair[0] + 1) % model.num_classes
    asked = spec.model()
    figure, words = _regions(Origin(asked.id), pair, model)
    chart(figure, f"{PAGE}:regions", words, *regions_code(asked, pair, _WINDOW, _POINTS))
    caption(
        f"The plane of the mean directions of {names[pair[0]]} (right) and {names[pair[1]]} (up). "
        f"{words} Below and left of them the other classes win; grey: several tie."
    )


@once
def _regions(of: Origin | None, pair: tuple[int, int], _model: Model) -> tuple[go.Figure, str]:
    """The figure and what it says."""
    names = names_of(_model)
    places, regions = plane_regions(_model.frame, _model.counts, pair, _WINDOW, _POINTS)
    figure = centers_regions.regions_figure(places, regions, pair, names)
    return settled(figure), centers_regions.regions_alt(regions, pair, names)


def draw_triangle() -> None:
    """Draw the toy in which GCR only shifts the guess."""
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        chart(
            _triangle(),
            f"{PAGE}:triangle",
            "Three equal cells: a third each, or two thirds for the owner of two of them.",
            TRIANGLE,
        )
    with right:
        st.markdown(defined(TRIANGLE_TEXT))


@cache
def _triangle() -> go.Figure:
    toys = {"A vector each": triangle((0, 1, 2)), "f = (1, 2)": triangle((0, 1, 1))}
    return settled(centers_regions.triangle_figure(toys))
