import json

import numpy as np
import pytest

from app.figures.collapse_curves import START, alt_text, collapse_curves_figure

STEPS = np.array([0, 1, 10, 100, 1000])
CURVES = {
    "loss": np.array([2.3, 1.0, 0.1, 0.01, 0.001]),
    "NC1": np.array([1.0, np.nan, np.inf, 0.0, -1.0]),
}


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def test_both_axes_are_logarithmic_and_step_zero_has_a_place():
    figure = collapse_curves_figure(STEPS, CURVES)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    line = trace(figure, "loss")
    np.testing.assert_allclose(line.x, [START, 1, 10, 100, 1000])
    np.testing.assert_allclose(line.y, CURVES["loss"], rtol=1e-6)
    assert line.x.dtype == line.y.dtype == np.float32
    low, high = 10 ** np.array(figure.layout.xaxis.range)
    assert low < START < 1000 < high
    ticks = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert ticks == {START: "0", 1: "1", 10: "10", 100: "100", 1000: "1,000"}


def test_without_a_state_before_training_the_axis_begins_at_one():
    figure = collapse_curves_figure(STEPS[1:], {"loss": CURVES["loss"][1:]})
    assert "0" not in figure.layout.xaxis.ticktext
    assert 10 ** figure.layout.xaxis.range[0] > START


def test_what_has_no_logarithm_is_a_gap():
    line = trace(collapse_curves_figure(STEPS, CURVES), "NC1")
    np.testing.assert_array_equal(np.isnan(line.y), [False, True, True, True, True])
    assert line.connectgaps is False


def test_levels_are_dashed_in_the_colour_of_their_curve():
    figure = collapse_curves_figure(STEPS, CURVES, {"loss": 0.02, "NC1": 0.0, "other": 1.0})
    level = trace(figure, "loss, theory")
    assert set(level.y) == {0.02}
    assert level.line.dash == "dash"
    assert level.line.color == trace(figure, "loss").line.color
    assert [t.name for t in figure.data] == ["loss", "NC1", "loss, theory", "Theory"]


def test_curves_differ_in_more_than_colour():
    figure = collapse_curves_figure(STEPS, {f"m{n}": CURVES["loss"] for n in range(8)})
    assert len({t.marker.symbol for t in figure.data}) == 8
    assert len({t.line.color for t in figure.data}) == 8


@pytest.mark.parametrize("steps", [[], [0]])
def test_a_run_that_has_just_begun_is_drawn(steps):
    curves = {"loss": np.ones(len(steps))}
    json.loads(collapse_curves_figure(steps, curves, {"loss": 0.5}).to_json())
    assert alt_text(steps, curves).startswith("After")


def test_a_long_run_is_light():
    steps = np.unique(np.geomspace(1, 1e7, 120).round())
    curves = {f"metric {n}": 1 / steps for n in range(8)}
    text = collapse_curves_figure(steps, curves).to_json()
    assert "NaN" not in text
    assert len(text) < 30_000


def test_the_alternative_text_says_where_curves_end():
    text = alt_text(STEPS, CURVES, {"loss": 0.0005})
    assert text == ("After 1,000 steps: loss from 2.3 to 0.001 (theory 0.0005); NC1 from 1 to -1.")
