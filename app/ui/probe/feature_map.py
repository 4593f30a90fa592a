"""Test rows on two principal axes, and whom a method fixes or breaks."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.data.features import FeatureSet, Rows
from app.figures import probe_map
from app.figures.map_kinds import change_kinds, class_kinds, group_kinds
from app.figures.probe_map import Kind
from app.figures.style import settled
from app.probe import MethodName
from app.probe.feature_maps import MOST_POINTS, map_rows
from app.probe.principal import principal
from app.probe.results import reported_scores
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.once import Origin, once
from app.ui.probe.code import map_code, run_code
from app.ui.probe.data import is_own
from app.ui.probe.spec import ColorName, ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.umap_job import UmapFound, umap_points
from app.ui.probe.words import COLOR_WORDS, PAGE, PROJECTION_WORDS, SHORT_NAMES
from app.ui.specs import close_spec, control

_OVERLAPS = (
    "PCA keeps distances along two axes only: classes that overlap here may be apart in the other "
    "dimensions."
)
_NEIGHBOURS = (
    "UMAP keeps who is near whom; sizes of clusters and distances between them mean little."
)


def draw_map(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw the map with its controls."""
    st.subheader("Feature map", anchor=False)
    values = {}
    places = st.columns(3, gap="medium")
    with places[0]:
        values["focus"] = control(spec, PAGE, "focus", dict(SHORT_NAMES), spec.methods)
    with places[1]:
        values["color"] = control(spec, PAGE, "color", dict(COLOR_WORDS))
    with places[2]:
        values["projection"] = control(spec, PAGE, "projection", dict(PROJECTION_WORDS))
    spec = close_spec(spec, PAGE, values)
    if spec.color == "change" and "stage1" not in spec.methods:
        st.info("Tick Stage 1 to see whom a method fixes or breaks.")
        return
    umap = None
    if spec.projection == "umap":
        umap = umap_points(spec, map_rows(data.test).features)
    looked = spec.color, spec.focused(), umap is not None
    figure, alt = _picture(seen.origin, looked, spec, data, seen, umap)
    made = run_code(spec.comparison(), own=is_own(spec))
    chart(figure, f"{PAGE}:map", alt, made, map_code(spec, umap=umap is not None))
    words = _OVERLAPS if umap is None else f"{_NEIGHBOURS} {umap.words}"
    caption(f"{_drawn(data.test.labels.size)} {words}")


def _drawn(whole: int) -> str:
    if whole <= MOST_POINTS:
        return f"All {whole:,} test rows."
    return f"{MOST_POINTS:,} of {whole:,} test rows, drawn at random."


@once
def _picture(
    of: Origin | None,
    looked: tuple[ColorName, MethodName, bool],
    _spec: ProbePageSpec,
    _data: FeatureSet,
    _seen: Seen,
    _umap: UmapFound | None,
) -> tuple[go.Figure, str]:
    """The map and what it says; of PCA until UMAP has come."""
    rows = map_rows(_data.test)
    names = _data.class_names or tuple(f"class {k}" for k in range(_data.num_classes))
    points, shares = principal(rows.features) if _umap is None else (_umap.points, None)
    kinds = _kinds(_spec, _seen, rows, names)
    figure = probe_map.map_figure(points, kinds, [names[k] for k in rows.labels], shares)
    return settled(figure), probe_map.alt_text(kinds, shares)


def _kinds(spec: ProbePageSpec, seen: Seen, rows: Rows, names: tuple[str, ...]) -> list[Kind]:
    counts = np.asarray(seen.arrays["counts"])
    if spec.color == "group":
        return group_kinds(rows.labels, counts)
    if spec.color == "class":
        return class_kinds(rows.labels, counts, names)
    before, after = (_right(spec, seen, rows, name) for name in ("stage1", spec.focused()))
    return change_kinds(before, after)


def _right(spec: ProbePageSpec, seen: Seen, rows: Rows, name: MethodName) -> NDArray[np.bool_]:
    scores = reported_scores(spec.comparison(), seen.arrays, rows, name)
    return np.asarray(scores.argmax(axis=1) == rows.labels)
