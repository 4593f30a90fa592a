import json
import re

import numpy as np
import pytest

from app.figures.approximation import alt_text, approximation_figure
from app.theory import approximation_error, approximation_table, best_gamma

SIZES, RATIOS = [2, 3, 10, 100, 1000], [1, 10, 100, 1000]


@pytest.fixture(scope="module")
def table():
    return approximation_table(0.5, SIZES, RATIOS)


def heats(figure):
    return [t for t in figure.data if t.type == "heatmap"]


def test_cells_are_the_errors(table):
    best, same = heats(approximation_figure(table))
    for r, size in enumerate(SIZES):
        for c, ratio in enumerate(RATIOS):
            for heat, error in (
                (best, best_gamma(0.5, size, ratio)[1]),
                (same, approximation_error(0.5, 0.5, size, ratio)),
            ):
                shown = np.clip(np.degrees(error), 0.1, 30)
                assert 10 ** heat.z[r][c] == pytest.approx(shown, rel=2e-3)
    np.testing.assert_allclose(10 ** np.array(best.x), RATIOS)
    np.testing.assert_allclose(10 ** np.array(best.y), SIZES)


def test_hover_knows_the_numbers_of_a_cell(table):
    best, same = heats(approximation_figure(table))
    np.testing.assert_allclose(best.customdata[2][2], [10, 100, 2.05, 0.552], rtol=2e-3)
    np.testing.assert_allclose(same.customdata[3][2], [100, 100, 3.69], rtol=2e-3)
    assert same.customdata[0][3][2] == 0  # two classes: neither rule moves the boundary
    for heat in (best, same):
        named = {int(n) for n in re.findall(r"customdata\[(\d)\]", heat.hovertemplate)}
        assert named == set(range(heat.customdata.shape[-1]))


@pytest.mark.parametrize(
    ("mark", "at"), [((10, 100.0), (2, 1)), ((5000, 1e5), (3, 3)), ((10, 0.5), (0, 1))]
)
def test_the_setting_is_marked_in_every_panel(table, mark, at):
    figure = approximation_figure(table, ("best", "matched", "same"), mark)
    marks = [t for t in figure.data if t.name == "this page"]
    assert len(marks) == 3
    assert {t.xaxis for t in marks} == {"x", "x2", "x3"}
    for found in marks:
        assert (found.x[0], found.y[0]) == pytest.approx(at)


def test_alt_text_says_where_no_gamma_works(table):
    text = alt_text(table)
    assert "with 3 to 10 classes no gamma stays within 1 degree" in text
    assert "0.6 degrees at its best gamma and 4.0" in text
    near = approximation_table(0.5, [500, 1000], [1, 10])
    assert "some gamma stays within 1 degree" in alt_text(near)


def test_the_default_table_makes_a_small_figure():
    figure = approximation_figure(approximation_table(0.5), mark=(10, 100))
    text = figure.to_json()
    json.loads(text)
    assert "NaN" not in text
    assert len(text) < 80_000
    assert len({(t.zmin, t.zmax) for t in heats(figure)}) == 1
