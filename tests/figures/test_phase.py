import json
from xml.etree import ElementTree

import numpy as np
import pytest

from app.figures.palette import linear_rgb
from app.figures.phase import PhaseMap, alt_text, phase_figure
from app.figures.phase_picture import map_svg
from app.figures.phase_traces import LINES

NAMES = ("I: distinct", "II: collapse")
TITLE = "largest distance"


def cells(rows=3, columns=4):
    values = np.arange(rows * columns, dtype=float).reshape(rows, columns) / 10
    values[0, 0] = np.nan
    phases = (values > 0.5).astype(int)
    phases[0, 1] = -1
    return PhaseMap(
        np.geomspace(1, 1000, columns), np.geomspace(1e-4, 1e-2, rows), values, phases, NAMES
    )


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def test_cells_lie_at_the_logarithms_of_ratio_and_decay():
    heat = phase_figure(cells(), {}, TITLE).data[0]
    np.testing.assert_allclose(heat.x, [0, 1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(heat.y, [-4, -3, -2])
    np.testing.assert_allclose(heat.z, cells().values, rtol=1e-6)
    assert heat.zmin == 0


def test_every_cell_can_be_clicked_and_says_its_phase():
    figure = phase_figure(cells(), {}, TITLE, "weight decay")
    targets = trace(figure, "cells")
    assert figure.layout.clickmode == "event+select"
    assert targets.marker.opacity == 0
    places = {}
    for x, y, (row, column), text in zip(
        targets.x, targets.y, targets.customdata, targets.text, strict=True
    ):
        assert (x, y) == pytest.approx((column, row - 4))
        places[row, column] = text
    assert len(places) == 12
    assert places[2, 3] == f"R = 1000, weight decay = 0.01<br><b>II: collapse</b><br>{TITLE} 1.1"
    assert places[0, 0].endswith("<b>I: distinct</b><br>not computed yet")
    assert "<b>" not in places[0, 1]


def test_curves_lie_over_the_map_on_a_rim_and_have_gaps_where_they_are_not():
    ratios = np.array([1.0, 10.0, 100.0, 1000.0])
    decays = np.array([1e-2, np.nan, 0.0, 1e-4])
    figure = phase_figure(cells(), {"I / II": (ratios, decays)}, TITLE)
    heat, rim, line = figure.data[:3]
    assert heat.type == "heatmap"
    assert line.name == "I / II"
    for drawn in (rim, line):
        np.testing.assert_allclose(drawn.x, [0, np.nan, np.nan, 3])
        np.testing.assert_allclose(drawn.y, [-2, np.nan, np.nan, -4])
    assert rim.line.width > line.line.width
    assert rim.showlegend is False


def test_curves_differ_in_more_than_colour_and_stand_out_from_their_rim():
    curve = (np.array([1.0, 10.0]), np.array([1e-3, 1e-4]))
    figure = phase_figure(cells(), {str(n): curve for n in range(len(LINES))}, TITLE)
    lines = [trace(figure, str(n)).line for n in range(len(LINES))]
    assert len({line.dash for line in lines}) == len(lines)
    luminance = linear_rgb([line.color for line in lines]) @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (luminance + 0.05) > 3).all()


def test_the_chosen_cell_is_marked_and_stays_so_when_another_is_clicked():
    mark = trace(phase_figure(cells(), {}, TITLE, picked=(2, 1)), "chosen")
    assert (mark.x[0], mark.y[0]) == pytest.approx((1, -2))
    assert mark.unselected.marker.opacity == 1


def test_axes_name_round_numbers_and_end_with_the_cells():
    layout = phase_figure(cells(), {}, TITLE).layout
    ticks = dict(zip(layout.yaxis.ticktext, layout.yaxis.tickvals, strict=True))
    assert ticks["0.01"] == pytest.approx(-2)
    assert ticks["10<sup>-4</sup>"] == pytest.approx(-4)
    assert layout.yaxis.range == pytest.approx((-4.5, -1.5))
    narrow = PhaseMap(
        np.array([10.0, 20.0]),
        np.array([2e-5, 4e-5]),
        np.ones((2, 2)),
        np.zeros((2, 2), int),
        NAMES,
    )
    layout = phase_figure(narrow, {}, TITLE).layout
    assert "2·10<sup>-5</sup>" in layout.yaxis.ticktext
    assert set(layout.xaxis.ticktext) == {"10", "20"}


def test_one_cell_and_a_fine_map_are_drawn_and_small():
    phase_figure(
        PhaseMap(np.ones(1), np.ones(1), np.ones((1, 1)), np.zeros((1, 1), int), NAMES), {}, TITLE
    )
    text = phase_figure(cells(40, 40), {}, TITLE).to_json()
    json.loads(text)
    assert "NaN" not in text
    assert len(text) < 250_000


def test_the_alternative_text_gives_every_phase_its_share_and_values():
    text = alt_text(cells(), TITLE)
    assert text.startswith("Imbalance ratios 1 to 1,000, decays 0.0001 to 0.01: ")
    assert f"I: distinct on 42% of the map, {TITLE} from 0.2 to 0.5" in text
    assert f"II: collapse on 50% of the map, {TITLE} from 0.6 to 1.1" in text
    blank = cells()
    blank.values[:] = np.nan
    assert "not known yet" in alt_text(blank, TITLE)


def test_the_measured_border_is_drawn_as_dots_where_there_is_one():
    border = np.array([1e-2, np.nan, np.nan, 1e-4])
    dots = trace(phase_figure(cells(), {}, TITLE, border=border), "measured border")
    assert dots.mode == "markers"
    np.testing.assert_allclose(dots.x, [0, 3])
    np.testing.assert_allclose(dots.y, [-2, -4])
    blank = phase_figure(cells(), {}, TITLE, border=np.full(4, np.nan))
    assert "measured border" not in [t.name for t in blank.data]


def test_phases_are_named_on_the_map_inside_their_own_cells():
    big = cells(20, 20)
    big.phases[:] = np.tri(20, dtype=int)
    notes = phase_figure(big, {}, TITLE).layout.annotations
    assert {note.text for note in notes} == {"<b>I</b>", "<b>II</b>"}
    for note in notes:
        column = int(np.abs(np.log10(big.ratios) - note.x).argmin())
        row = int(np.abs(np.log10(big.decays) - note.y).argmin())
        phase = big.phases[row, column]
        assert note.text == f"<b>{NAMES[phase].partition(':')[0]}</b>"
        around = big.phases[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        assert (around == phase).all()
    big.phases[:] = 0
    big.phases[0, 0] = 1
    assert len(phase_figure(big, {}, TITLE).layout.annotations) == 1
    unnamed = PhaseMap(big.ratios, big.decays, big.values, big.phases, ("one", "two"))
    assert not phase_figure(unnamed, {}, TITLE).layout.annotations


def test_whole_numbers_get_one_colour_each():
    heat = phase_figure(cells(), {}, TITLE, levels=3).data[0]
    assert (heat.zmin, heat.zmax) == (-0.5, 3.5)
    stops, colors = zip(*heat.colorscale, strict=True)
    assert stops == (0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1)
    assert colors[::2] == colors[1::2]
    assert len(set(colors)) == 4
    assert heat.colorbar.dtick == 1


def test_a_small_picture_has_the_lowest_row_at_its_foot():
    picture = ElementTree.fromstring(map_svg(np.array([[0.0, 2.0], [1.0, 1.0]]), "<Maps> & co"))
    assert picture.get("aria-label") == "<Maps> & co"
    colors = {(c.get("x"), c.get("y")): c.get("fill") for c in picture}
    assert colors["0", "1"] == "rgb(0, 34, 78)"  # the dark end of Cividis
    assert colors["1", "1"] == "rgb(254, 232, 56)"  # its light end
    assert colors["0", "0"] == colors["1", "0"]
    assert len(list(ElementTree.fromstring(map_svg(np.zeros((3, 2)), "")))) == 6
