import numpy as np
import pytest

from app.figures.compare_curves import Course, alt_text, compare_curves_figure

METRICS = {"loss": "Loss", "gap": "Certified <gap>"}


def course(steps, **curves):
    return Course(np.array(steps, float), {k: np.array(v, float) for k, v in curves.items()})


COURSES = {
    "A": course([0, 1, 10], loss=[3, 2, 1], gap=[1, 0.1, 0]),
    "B": course([0, 100], loss=[4, 2]),
}


def test_a_panel_a_metric_a_line_a_run_on_one_axis_of_steps():
    figure = compare_curves_figure(COURSES, METRICS)
    lines = [(trace.name, trace.yaxis) for trace in figure.data]
    assert lines == [("A", "y"), ("B", "y"), ("A", "y2")]
    assert {trace.xaxis for trace in figure.data} == {None}
    assert figure.layout.xaxis.anchor == "y2"
    assert 10 ** figure.layout.xaxis.range[1] == pytest.approx(105)
    np.testing.assert_allclose(figure.data[0].y, [3, 2, 1])
    assert np.isnan(figure.data[2].y[-1])


def test_a_run_looks_the_same_in_every_panel_and_stands_once_in_the_legend():
    figure = compare_curves_figure(COURSES, METRICS)
    first, other, again = figure.data
    assert (first.line.color, first.marker.symbol) == (again.line.color, again.marker.symbol)
    assert first.line.color != other.line.color
    assert first.marker.symbol != other.marker.symbol
    assert [trace.showlegend for trace in figure.data] == [True, True, False]


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_panels_share_the_height_evenly_from_the_top_down(many):
    names = {f"m{n}": f"Metric {n}" for n in range(many)}
    courses = {"A": course([0, 1], **{name: [1, 2] for name in names})}
    figure = compare_curves_figure(courses, names)
    spans = np.array([axis.domain for axis in figure.select_yaxes()])
    assert spans[0, 1] == 1
    assert spans[-1, 0] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(np.ptp(spans, axis=1), np.ptp(spans[0]))
    assert (spans[1:, 1] < spans[:-1, 0]).all()
    # The panel and the room for a title stay the same in pixels.
    assert figure.layout.height == 90 + many * 238


def test_titles_are_text():
    figure = compare_curves_figure({"<b>A</b>": COURSES["A"]}, METRICS)
    assert [note.text for note in figure.layout.annotations] == ["Loss", "Certified ‹gap›"]
    assert figure.data[0].name == "‹b›A‹/b›"


def test_words_say_where_lines_end():
    assert alt_text(COURSES, METRICS | {"x": "x"}) == (
        "At the last step, Loss: A 1, B 2; Certified <gap>: A 0; x: not known."
    )
