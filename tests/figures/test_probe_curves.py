import numpy as np
import pytest

from app.figures.probe_curves import alt_text, curves_figure
from app.figures.probe_style import STYLES
from app.probe import METHODS

EPOCHS = np.array([0, 0.25, 1, 2, 5.0])
CURVES = {
    "crt": np.array([0.01, 0.3, 0.5, 0.56, 0.58]),
    "lort": np.array([0.52, 0.55, 0.6, 0.4, np.nan]),
}
REPORTED = {"stage1": (0.0, 0.52), "crt": (5.0, 0.58), "lort": (1.0, 0.6)}


def traces(figure, name):
    return [t for t in figure.data if t.legendgroup == name]


@pytest.fixture(scope="module")
def figure():
    return curves_figure(EPOCHS, CURVES, REPORTED, "Balanced accuracy")


def test_the_start_has_a_place_on_the_logarithmic_axis(figure):
    line, mark = traces(figure, "lort")
    np.testing.assert_allclose(line.x, [0.125, 0.25, 1, 2, 5])
    np.testing.assert_array_equal(line.customdata, EPOCHS)
    np.testing.assert_array_equal(line.y, CURVES["lort"])
    assert (mark.x, mark.y) == ((1.0,), (0.6,))
    assert figure.layout.xaxis.ticktext == ("0", "1", "2", "5")
    low, high = 10 ** np.array(figure.layout.xaxis.range)
    assert low < 0.125
    assert high > 5


def test_what_takes_no_steps_is_a_level_line(figure):
    (line,) = traces(figure, "stage1")
    assert set(line.y) == {0.52}
    assert (line.x[0], line.x[-1]) == pytest.approx((0.125, 5))


def test_falls_are_in_view_and_random_starts_are_not(figure):
    low, high = figure.layout.yaxis.range
    assert 0.3 < low < 0.4
    assert 0.6 < high < 0.65


def test_nothing_known_yet_leaves_the_axis_alone():
    nothing = {"lort": np.full(5, np.nan)}
    figure = curves_figure(EPOCHS, nothing, {"lort": (0.0, np.nan)}, "Few")
    assert figure.layout.yaxis.range is None


def test_words_name_the_best_first():
    assert alt_text(REPORTED, "Few") == (
        "Few on test rows over epochs; reported: LORT 60.0%; cRT 58.0%; Stage 1 (vanilla FC) 52.0%."
    )
    assert alt_text({"ce": (0.0, np.nan)}, "Few").endswith("nothing yet.")


def test_every_method_looks_like_no_other():
    assert STYLES.keys() == METHODS.keys()
    assert len({(style.color, style.dash) for style in STYLES.values()}) == len(METHODS)
