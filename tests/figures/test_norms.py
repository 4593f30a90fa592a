import json

import numpy as np
import pytest

from app.figures.norms import PANELS, alt_text, norms_figure
from app.figures.palette import class_colors
from app.theory import seli
from app.ufm.shape import shape_of


def shapes(K=5):
    geometry = seli(np.geomspace(1000, 10, K).round())
    classifier, means = geometry.classifier(), geometry.means()
    noise = 0.05 * np.random.default_rng(0).normal(size=classifier.shape)
    names = [f"class {k}" for k in range(K)]
    return shape_of(classifier + noise, means + noise), shape_of(classifier, means), names


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def test_every_panel_has_marks_over_a_line():
    measured, theory, names = shapes()
    figure = norms_figure(measured, theory, names)
    for name, shape in (("Measured", measured), ("Theory", theory)):
        for trace, (field, _, _) in zip(traces(figure, name), PANELS, strict=True):
            np.testing.assert_allclose(trace.y, getattr(shape, field), rtol=1e-5)
            assert list(trace.x) == names
    order = [trace.name for trace in figure.data if trace.xaxis == "x"]
    assert order == ["Theory", "Measured"]


def test_marks_have_the_colours_of_frequency_rank():
    measured, _, names = shapes()
    for trace in norms_figure(measured, None, names).data:
        assert trace.name == "Measured"
        assert list(trace.marker.color) == class_colors(5)


def test_every_axis_shows_zero():
    figure = norms_figure(*shapes())
    for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4"):
        low, high = figure.layout[axis].range
        assert low <= 0 < high


def test_collapsed_classes_are_gaps_and_no_error():
    classifier = np.array([[1.0, 0.0], [0.0, 0.0]])
    measured = shape_of(classifier, np.zeros((2, 2)))
    figure = norms_figure(measured, measured, ["a", "b"])
    assert "NaN" not in figure.to_json()
    text = alt_text(measured, measured, ["a", "b"])
    assert "norm of the class vector 1 to 0" in text
    assert "undefined" in text


@pytest.mark.parametrize("K", [2, 200])
def test_it_stays_small(K):
    text = norms_figure(*shapes(K)).to_json()
    json.loads(text)
    assert len(text) < 100_000


def test_the_alternative_text_compares_head_and_tail_and_theory():
    measured, theory, names = shapes()
    text = alt_text(measured, theory, names)
    first, last = measured.classifier_norms[[0, -1]]
    assert text.startswith(
        f"From class 0 to class 4: norm of the class vector {first:.3g} to {last:.3g};"
    )
    off = np.abs(measured.alignment - theory.alignment).max()
    assert f"{off:.2g}°" in text.split("Largest distances from theory: ")[1]
    assert "theory" not in alt_text(measured, None, names)
