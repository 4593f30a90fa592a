"""Test rows on two principal axes, and whom a method fixes or breaks."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.data.features import FeatureSet, Rows
from app.figures import probe_map
from app.figures.map_kinds import change_kinds, class_kinds, group_kinds
from app.figures.probe_map import Kind
from app.probe import MethodName
from app.probe.feature_maps import map_rows
from app.probe.principal import principal
from app.probe.results import reported_scores
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.probe.code import map_code, run_code
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.umap_job import umap_points
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
    rows = map_rows(data.test)
    points, shares, words = _projected(spec, rows)
    names = data.class_names or tuple(f"class {k}" for k in range(data.num_classes))
    kinds = _kinds(spec, seen, rows, names)
    chart(
        probe_map.map_figure(points, kinds, [names[k] for k in rows.labels], shares),
        f"{PAGE}:map",
        probe_map.alt_text(kinds, shares),
        run_code(spec.comparison(), own=is_own(spec)),
        map_code(spec, umap=shares is None),
    )
    caption(f"{_drawn(rows.labels.size, data.test.labels.size)} {words}")


def _drawn(shown: int, whole: int) -> str:
    if shown == whole:
        return f"All {whole:,} test rows."
    return f"{shown:,} of {whole:,} test rows, drawn at random."


def _projected(
    spec: ProbePageSpec, rows: Rows
) -> tuple[NDArray[np.floating], tuple[float, float] | None, str]:
    """Coordinates, shares of the variance, and what to say; PCA until UMAP has come."""
    if spec.projection == "umap":
        found = umap_points(spec, rows.features)
        if found is not None:
            return found.points, None, f"{_NEIGHBOURS} {found.words}"
    return *principal(rows.features), _OVERLAPS


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
