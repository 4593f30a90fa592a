import json

import numpy as np
import pytest

from app.figures.geometry3d import alt_text, geometry_figure, view_words
from app.figures.palette import class_colors
from app.theory import simplex_etf
from app.ufm.view import project


def views(K=4, d=6, scale=1.0):
    vectors = simplex_etf(K, d)
    predicted = project(5 * vectors, 0.2 * vectors)
    measured = project(5 * scale * vectors, 0.2 * scale * vectors, predicted.axes)
    return measured, predicted, [f"class {k}" for k in range(K)]


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def tips(trace):
    """Ends of the lines from the origin; checks that they begin there."""
    points = np.stack([trace.x, trace.y, trace.z], axis=1).reshape(-1, 3, 3)
    assert (points[:, 0] == 0).all()
    assert np.isnan(points[:, 2]).all()
    return points[:, 1]


def test_arrows_end_at_the_vectors_in_units_of_the_longest_predicted():
    measured, predicted, names = views(scale=0.5)
    figure = geometry_figure(measured, predicted, names)
    (vectors,) = traces(figure, "Class vector")
    (means,) = traces(figure, "Class mean")
    np.testing.assert_allclose(tips(vectors), measured.classifier / 5, atol=1e-6)
    np.testing.assert_allclose(tips(means), measured.means / 0.2, atol=1e-6)
    titles = ("Theory: class vector", "Theory: class mean")
    ghosts = [tips(trace) for title in titles for trace in traces(figure, title)]
    np.testing.assert_allclose(ghosts[0], predicted.classifier / 5, atol=1e-6)
    np.testing.assert_allclose(ghosts[1], predicted.means / 0.2, atol=1e-6)
    assert list(vectors.marker.color[::3]) == class_colors(4)


def test_without_theory_the_longest_is_one():
    measured, _, names = views(scale=0.01)
    figure = geometry_figure(measured, None, names)
    assert not any("Theory" in (trace.name or "") for trace in figure.data)
    for name in ("Class vector", "Class mean"):
        lengths = np.linalg.norm(tips(*traces(figure, name)), axis=1)
        assert lengths.max() == pytest.approx(1)


def test_the_box_holds_all_and_stays_while_a_run_grows():
    def box(scale):
        return geometry_figure(*views(scale=scale)).layout.scene.xaxis.range[1]

    assert box(0.1) == box(0.9) >= 1
    assert box(3.0) >= 3


def test_features_have_the_units_of_the_means_and_the_colours_of_their_classes():
    measured, predicted, names = views()
    cloud = measured.means[[0, 3, 3]]
    figure = geometry_figure(measured, predicted, names, (cloud, np.array([0, 3, 3])))
    (trace,) = traces(figure, "Feature")
    points = np.stack([trace.x, trace.y, trace.z], axis=1)
    np.testing.assert_allclose(points, cloud / 0.2, atol=1e-6)
    colors = class_colors(4)
    assert list(trace.marker.color) == [colors[0], colors[3], colors[3]]


def test_the_figure_says_whether_it_is_exact():
    exact, projected = views(4)[0], views(10, 12)[0]
    assert view_words(exact).startswith("Exact")
    assert "keeps 33.3% of the squared length" in view_words(projected)
    for view, K in ((exact, 4), (projected, 10)):
        figure = geometry_figure(view, None, [str(k) for k in range(K)])
        marks, words = (a.text for a in figure.layout.annotations)
        assert words == view_words(view)
        assert "theory" not in marks
    assert "theory" in geometry_figure(*views()).layout.annotations[0].text


def test_a_projection_that_keeps_almost_all_is_not_called_whole():
    vectors = np.diag([1.0, 1.0, 1.0, 1e-4])
    view = project(vectors, vectors)
    assert not view.exact
    assert "more than 99.9%" in view_words(view)


def test_two_hundred_classes_are_light_and_markup_is_text():
    measured, predicted, names = views(200, 199)
    text = geometry_figure(measured, predicted, ["<b>x</b>", *names[1:]]).to_json()
    json.loads(text)
    assert "<b>" not in text
    assert len(text) < 120_000


def test_vectors_of_zero_are_drawn():
    view = project(np.zeros((3, 5)), np.zeros((3, 5)))
    assert "NaN" not in geometry_figure(view, view, ["a", "b", "c"]).to_json()
    assert "differ by 0 " in alt_text(view, view, ["a", "b", "c"])


def test_the_alternative_text_says_how_far_theory_is():
    measured, predicted, names = views(scale=0.75)
    text = alt_text(measured, predicted, names)
    assert "differ by 0.25 of the length of the class vectors and 0.25 " in text
    assert "theory" not in alt_text(measured, None, names)
