"""Charts of /probe by class, over settings, and of features."""

import numpy as np
import pytest

from app.figures import (
    map_kinds,
    probe_classes,
    probe_map,
    probe_ratios,
    probe_sensitivity,
    probe_spread,
)
from app.longtail import frequency_groups
from app.probe.ratios import Gammas
from app.theory.spread import fit_spread


def test_few_classes_stand_alone_and_many_in_ten_bins():
    order = np.arange(20)[::-1]
    assert [part.tolist() for part in probe_classes.class_bins(order)] == [[k] for k in order]
    bins = probe_classes.class_bins(np.arange(66))
    assert len(bins) == 10
    np.testing.assert_array_equal(np.concatenate(bins), np.arange(66))


def test_lines_are_means_within_bins_from_head_to_tail():
    values = {"ce": np.arange(40.0), "lort": np.full(40, np.nan)}
    bins = probe_classes.class_bins(np.arange(40)[::-1])
    figure = probe_classes.class_lines_figure(bins, values, "L")
    np.testing.assert_allclose(figure.data[0].y, 37.5 - 4 * np.arange(10))
    assert np.isnan(figure.data[1].y).all()
    assert "CE re-training 37.5 to 1.5" in probe_classes.lines_alt(bins, values, "L")


def test_balance_is_one_mark_a_method():
    uneven, scores = {"ce": 0.4, "lort": 0.2}, {"ce": 0.5, "lort": 0.55}
    figure = probe_classes.balance_figure(uneven, scores, "Few")
    assert [(t.x, t.y) for t in figure.data] == [((0.4,), (0.5,)), ((0.2,), (0.55,))]
    assert "LORT 0.20 with 55.0%" in probe_classes.balance_alt(uneven, scores, "few")


def test_the_line_of_an_exact_power_law_passes_through_its_points():
    counts = np.array([1000, 200, 50, 10])
    train, test = 3.0 * counts**-0.5, np.array([2.0, 0.0, np.nan, 2.0])
    fits = {"train": fit_spread(counts, train), "test": fit_spread(counts, test)}
    names = ["a", "b", "<i>", "d"]
    figure = probe_spread.spread_figure(counts, frequency_groups(counts), names, train, test, fits)
    (line,) = (t for t in figure.data if t.mode == "lines")
    np.testing.assert_allclose(line.x, [10, 1000])
    np.testing.assert_allclose(line.y, 3 * np.array([10, 1000]) ** -0.5)
    marks = {t.name: t for t in figure.data if t.mode == "markers"}
    assert list(marks) == [
        "Training rows, many",
        "Training rows, medium",
        "Training rows, few",
        "Test rows",
    ]
    assert marks["Training rows, medium"].customdata.tolist() == ["‹i›"]
    np.testing.assert_array_equal(marks["Test rows"].x, [1000, 10])
    assert "n to the power -0.50" in probe_spread.alt_text(fits)
    assert "test rows cannot be fitted" in probe_spread.alt_text(fits)


def test_the_map_of_rates_has_rates_across():
    values = np.array([[0.1, 0.2], [0.3, np.nan], [0.5, 0.6]])
    rates, decays = ["0.01", "0.1", "1"], ["0", "0.5"]
    (heat,) = probe_sensitivity.sensitivity_figure(rates, decays, values, (0.2, 0.6)).data
    np.testing.assert_array_equal(heat.z, values.T)
    assert (heat.zmin, heat.zmax) == (0.2, 0.6)
    assert heat.text[1] == ["20.0%", "n/a", "60.0%"]
    assert probe_sensitivity.alt_text(rates, decays, values, "Few") == (
        "Few over learning rates and weight decays: best 60.0% at rate 1 and decay 0.5; "
        "worst 10.0% at rate 0.01 and decay 0."
    )


@pytest.mark.parametrize("number", [2, 13])
def test_points_are_drawn_by_kind_with_a_legend_that_fits(number):
    points = np.arange(2.0 * number).reshape(-1, 2)
    kinds = [probe_map.Kind(f"<{k}>", "#000000", "circle", np.array([k])) for k in range(number)]
    figure = probe_map.map_figure(points, kinds, ["a"] * number, (0.5, 0.25))
    assert [(t.x[0], t.y[0]) for t in figure.data] == [tuple(point) for point in points]
    assert figure.data[0].name == "‹0› (1)"
    assert figure.data[0].showlegend == (number <= 12)
    assert "50% of the variance" in figure.layout.xaxis.title.text
    words = probe_map.alt_text(kinds, (0.5, 0.25))
    assert "75% of the variance" in words
    assert ("1 more" in words) == (number == 13)


def test_gammas_over_ratios_have_intervals_where_a_fit_exists():
    fit = fit_spread([100, 30, 10, 3], [1.0, 1.4, 3.0, 3.3])
    low, high = fit.interval()
    found = [
        Gammas(1.0, float("nan"), None, None, 0.6, 0.6),
        Gammas(30.0, 0.25, fit, None, 0.5, 0.7),
    ]
    figure = probe_ratios.ratios_figure(found)
    tuned, train, test = figure.data
    assert tuned.x == (1, 30)
    np.testing.assert_array_equal(tuned.y, [np.nan, 0.25])
    assert [note.text for note in figure.layout.annotations] == [
        "equal classes:<br>every γ is as good"
    ]
    # On a logarithmic axis it stands at the logarithm of the ratio.
    assert figure.layout.annotations[0].x == 0
    assert not probe_ratios.ratios_figure(found[1:]).layout.annotations
    assert (train.x, train.y) == ((30,), (fit.exponent,))
    assert train.error_y.array[0] == pytest.approx(high - fit.exponent)
    assert train.error_y.arrayminus[0] == pytest.approx(fit.exponent - low)
    assert test.x == ()
    words = probe_ratios.alt_text(found)
    assert "at 1 every gamma is as good" in words
    assert f"at 30 tuned 0.25, predicted {fit.exponent:.2f}" in words


def test_points_of_a_map_are_of_one_kind_each():
    labels, counts = np.array([2, 0, 1, 0]), np.array([50, 500, 5])
    kinds = map_kinds.class_kinds(labels, counts, ("a", "b", "c"))
    assert [kind.name for kind in kinds] == ["b", "a", "c"]
    assert [kind.rows.tolist() for kind in kinds] == [[2], [1, 3], [0]]
    groups = map_kinds.group_kinds(labels[:3], np.array([50, 500, 200]))
    assert [(kind.name, kind.rows.tolist()) for kind in groups] == [
        ("Many", [0, 2]),
        ("Medium", [1]),
    ]
    before, after = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    changes = map_kinds.change_kinds(before, after)
    assert {kind.name: kind.rows.tolist() for kind in changes} == {
        "Right before and after": [0],
        "Wrong before and after": [3],
        "Broken": [1],
        "Fixed": [2],
    }
