"""What the points of a feature map are: classes, frequency groups, or whom a method changes."""

import numpy as np
from numpy.typing import NDArray

from app.figures.classes import frequency_order
from app.figures.palette import GROUP_COLORS, class_colors, class_symbols
from app.figures.probe_map import Kind
from app.longtail import GROUPS, frequency_groups

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_FIXED, _BROKEN, _SAME = "#00936b", "#d55e00", "#8a8f98"


def class_kinds(labels: IntArray, counts: IntArray, names: tuple[str, ...]) -> list[Kind]:
    """One kind a class, head to tail, of labels (N,), training counts (K,) and names."""
    order = frequency_order(counts)
    looks = zip(order, class_colors(order.size), class_symbols(order.size), strict=True)
    return [Kind(names[k], color, mark, np.flatnonzero(labels == k)) for k, color, mark in looks]


def group_kinds(labels: IntArray, counts: IntArray) -> list[Kind]:
    """One kind a frequency group that has points, of labels (N,) and training counts (K,)."""
    groups = frequency_groups(counts)[labels]
    marks = zip(GROUPS, ("circle", "square", "diamond"), strict=True)
    return [
        Kind(group.capitalize(), GROUP_COLORS[group], mark, np.flatnonzero(groups == group))
        for group, mark in marks
        if (groups == group).any()
    ]


def change_kinds(before: BoolArray, after: BoolArray) -> list[Kind]:
    """Who is right before and after (N,): unchanged points below, broken and fixed on top."""
    return [
        Kind("Right before and after", _SAME, "circle", np.flatnonzero(before & after), 3.0),
        Kind("Wrong before and after", _SAME, "x-thin-open", np.flatnonzero(~before & ~after), 5.0),
        Kind("Broken", _BROKEN, "x", np.flatnonzero(before & ~after), 8.0),
        Kind("Fixed", _FIXED, "diamond", np.flatnonzero(~before & after), 8.0),
    ]
