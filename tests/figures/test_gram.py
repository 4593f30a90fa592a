import json

import numpy as np
import pytest

from app.figures.gram import COLORSCALE, alt_text, gram_figure

MARKUP = "<a href='https://example.com'>click</a>"


def matrices(K=4, seed=0):
    rng = np.random.default_rng(seed)
    theory = rng.normal(size=(K, K))
    return theory + 0.01 * rng.normal(size=(K, K)), theory, [f"class {k}" for k in range(K)]


def test_three_panels_share_one_symmetric_scale():
    measured, theory, names = matrices()
    figure = gram_figure(measured, theory, names)
    for trace, values in zip(figure.data, (measured, theory, measured - theory), strict=True):
        np.testing.assert_allclose(trace.z, values, rtol=1e-6)
        assert trace.coloraxis == "coloraxis"
    scale = figure.layout.coloraxis
    assert scale.cmax == -scale.cmin == max(np.abs(measured).max(), np.abs(theory).max())
    titles = [a.text for a in figure.layout.annotations]
    most = np.abs(measured - theory).max()
    assert titles == ["Measured", "Theory", f"Difference, at most {most:.2g}"]


def test_rows_run_down_and_carry_the_names():
    measured, theory, names = matrices()
    figure = gram_figure(measured, theory, names)
    assert figure.layout.yaxis.autorange == "reversed"
    for trace in figure.data:
        assert list(trace.x) == list(trace.y) == names


def test_without_theory_the_matrix_stands_alone():
    measured, _, names = matrices()
    (trace,) = gram_figure(measured, None, names).data
    np.testing.assert_allclose(trace.z, measured, rtol=1e-6)


def test_colours_thicken_from_the_middle_to_both_ends():
    places, colors = zip(*COLORSCALE, strict=True)
    assert list(places) == sorted(places)
    opacity = np.array([float(color.rstrip(")").split(",")[-1]) for color in colors])
    np.testing.assert_allclose(opacity, opacity[::-1])
    assert opacity[0] == 1
    assert opacity[len(opacity) // 2] == 0
    assert (np.diff(opacity[: len(opacity) // 2]) < 0).all()


@pytest.mark.parametrize("entries", [0.0, np.nan])
def test_matrices_of_nothing_are_drawn(entries):
    matrix = np.full((3, 3), entries)
    figure = gram_figure(matrix, np.zeros((3, 3)), ["a", "b", "c"])
    assert figure.layout.coloraxis.cmax == 1
    assert alt_text(matrix, np.zeros((3, 3)), ["a", "b", "c"], "Q")


def test_two_hundred_classes_are_below_a_megabyte():
    measured, theory, names = matrices(200)
    text = gram_figure(measured, theory, names).to_json()
    json.loads(text)
    assert len(text) < 1_000_000


def test_names_are_text():
    text = gram_figure(np.eye(2), np.eye(2), [MARKUP, "b"]).to_json()
    assert "<a" not in text


def test_the_alternative_text_names_the_largest_difference():
    theory = np.diag([4.0, 2.0, 1.0])
    measured = theory.copy()
    measured[0, 2] -= 0.5
    text = alt_text(measured, theory, ["cat", "dog", "fox"], "Inner products")
    assert text == (
        "Inner products, 3 classes: measured and theory differ by at most 0.5 "
        "(0.12 of the largest entry), between cat and fox."
    )
    assert "for dog." in alt_text(theory + np.diag([0, 1, 0]), theory, ["cat", "dog", "fox"], "Q")
    assert "no theory" in alt_text(measured, None, ["cat", "dog", "fox"], "Q")
