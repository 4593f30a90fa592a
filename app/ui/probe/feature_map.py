"""Test rows on two principal axes, and whom a method fixes or breaks."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.data.features import FeatureSet, Rows
from app.figures import probe_map
from app.figures.classes import frequency_order
from app.figures.palette import GROUP_COLORS, class_colors, class_symbols
from app.figures.probe_map import Kind
from app.figures.style import CONFIG
from app.longtail import GROUPS, frequency_groups
from app.probe import MethodName
from app.probe.feature_maps import map_rows
from app.probe.results import reported_scores
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.umap_job import umap_points
from app.ui.probe.words import COLOR_WORDS, PAGE, PROJECTION_WORDS, SHORT_NAMES
from app.ui.specs import close_spec, control

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_OVERLAPS = (
    "PCA keeps distances along two axes only: classes that overlap here may be apart in the other "
    "dimensions."
)
_NEIGHBOURS = (
    "UMAP keeps who is near whom; sizes of clusters and distances between them mean little."
)
_FIXED, _BROKEN, _SAME = "#00936b", "#d55e00", "#8a8f98"


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
    st.plotly_chart(
        probe_map.map_figure(points, kinds, [names[k] for k in rows.labels], shares),
        config=CONFIG,
        key=f"{PAGE}:map",
        alt=probe_map.alt_text(kinds, shares),
    )
    st.caption(f"{_drawn(rows.labels.size, data.test.labels.size)} {words}")


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


def principal(features: NDArray[np.floating]) -> tuple[FloatArray, tuple[float, float]]:
    """Coordinates (N, 2) on the first two principal axes, and their shares of the variance.

    Each axis points to where its largest loading is positive.
    """
    centered = np.asarray(features, dtype=np.float64)
    centered = centered - centered.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = np.zeros((len(centered), 2))
    points[:, : axes.shape[1]] = centered @ axes
    total = values.sum() or 1.0
    shares = [*(values[::-1][:2] / total), 0.0]
    return points, (float(shares[0]), float(shares[1]))


def _kinds(spec: ProbePageSpec, seen: Seen, rows: Rows, names: tuple[str, ...]) -> list[Kind]:
    counts = np.asarray(seen.arrays["counts"])
    if spec.color == "change":
        return _changes(spec, seen, rows)
    if spec.color == "group":
        groups = frequency_groups(counts)[rows.labels]
        marks = zip(GROUPS, ("circle", "square", "diamond"), strict=True)
        return [
            Kind(group.capitalize(), GROUP_COLORS[group], mark, np.flatnonzero(groups == group))
            for group, mark in marks
            if (groups == group).any()
        ]
    order = frequency_order(counts)
    looks = zip(order, class_colors(order.size), class_symbols(order.size), strict=True)
    return [
        Kind(names[k], color, mark, np.flatnonzero(rows.labels == k)) for k, color, mark in looks
    ]


def _changes(spec: ProbePageSpec, seen: Seen, rows: Rows) -> list[Kind]:
    before = _right(spec, seen, rows, "stage1")
    after = _right(spec, seen, rows, spec.focused())
    return [
        Kind("Right before and after", _SAME, "circle", np.flatnonzero(before & after), 3.0),
        Kind("Wrong before and after", _SAME, "x-thin-open", np.flatnonzero(~before & ~after), 5.0),
        Kind("Broken", _BROKEN, "x", np.flatnonzero(before & ~after), 8.0),
        Kind("Fixed", _FIXED, "diamond", np.flatnonzero(~before & after), 8.0),
    ]


def _right(spec: ProbePageSpec, seen: Seen, rows: Rows, name: MethodName) -> NDArray[np.bool_]:
    scores = reported_scores(spec.comparison(), seen.arrays, rows, name)
    return np.asarray(scores.argmax(axis=1) == rows.labels)
