"""The boundary picture as a figure."""

import numpy as np
import pytest

from app.figures.panels import panels_figure
from app.scenes import circle_scene, etf_scene, points_at
from app.scenes.panel import panel_at

AT = {"ratio": 100.0, "norm": 5.0, "spread": 0.2, "exponent": 0.5}


def test_a_panel_has_regions_below_and_points_above_with_the_wrong_ones_outlined():
    scene = etf_scene(0)
    panel = panel_at(scene, "mla", {"gamma": 0.5}, **AT)
    figure = panels_figure(scene, {"<MLA>": panel, "Raw": panel}, points_at(scene, 100, 0.2, 0.5))
    assert [note.text for note in figure.layout.annotations] == ["‹MLA›", "Raw"]
    assert [trace.meta for trace in figure.data] == ["‹MLA›"] * 6 + ["Raw"] * 6
    assert [trace.fill for trace in figure.data[:6]] == ["toself"] * 3 + [None] * 3
    assert {trace.xaxis for trace in figure.data[6:]} == {"x2"}
    # One entry a class in the legend, of the first panel.
    assert [trace.name for trace in figure.data if trace.showlegend] == list(scene.class_names)
    wrong = sum(int(np.sum(trace.marker.line.width)) for trace in figure.data[3:6])
    assert wrong == (panel.predictions != scene.labels).sum() > 0


def test_areas_of_a_panel_fill_the_window_and_ties_have_their_own():
    scene = circle_scene(5, 0)
    left, right, low, high = scene.window
    for rule, tied in (("mla", False), ("1vs1", True)):
        areas = panel_at(scene, rule, {"gamma": 0.8, "tau": 1.0}, **AT).areas(5)
        assert areas.sum() == pytest.approx((right - left) * (high - low))
        assert (areas[-1] > 1e-6) == tied
