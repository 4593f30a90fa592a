import json

import numpy as np
import pytest

from app.adjust.flips import flip_counts, rank_bins
from app.figures.classes import (
    counts_figure,
    flips_figure,
    frequency_order,
    recall_change_figure,
)
from app.longtail import class_counts, frequency_groups

SIZES = [2, 10, 100, 3000]
LARGEST = 2_000_000
MARKUP = "<a href='https://example.com'>click</a>&amp;<b>bold</b>"


def long_tail(num_classes):
    counts = class_counts(num_classes, 1000, 100)
    return counts, frequency_groups(counts), [f"class {k}" for k in range(num_classes)]


def recalls(num_classes, seed=0):
    return np.random.default_rng(seed).uniform(size=num_classes)


def bars(figure):
    return [bar for trace in figure.data for bar in zip(trace.x, trace.y, strict=True)]


def assert_small(figure):
    text = figure.to_json()
    assert len(text) < LARGEST
    assert "NaN" not in text
    json.loads(text)


@pytest.mark.parametrize("num_classes", SIZES)
def test_every_count_has_one_bar_at_its_rank(num_classes):
    counts, groups, labels = long_tail(num_classes)
    figure = counts_figure(counts, groups, labels)
    assert sorted(bars(figure)) == list(enumerate(counts[frequency_order(counts)]))
    assert_small(figure)


@pytest.mark.parametrize("num_classes", SIZES)
def test_every_change_of_recall_has_one_bar_at_its_rank(num_classes):
    counts, groups, labels = long_tail(num_classes)
    raw, adjusted = recalls(num_classes), recalls(num_classes, 1)
    figure = recall_change_figure(counts, groups, labels, raw, adjusted)
    assert [y for _, y in sorted(bars(figure))] == pytest.approx(100 * (adjusted - raw))
    assert_small(figure)


@pytest.mark.parametrize("num_classes", SIZES)
def test_flips_of_many_classes_are_binned(num_classes):
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, num_classes, (2, 500))
    bin_of, ranks = rank_bins(np.arange(num_classes, 0, -1), 30)
    flips = flip_counts(before, after, bin_of)
    figure = flips_figure(flips, [f"ranks {r.start} to {r.stop}" for r in ranks])
    shown = np.asarray(figure.data[0].z, dtype=float)
    assert shown.shape == (min(num_classes, 30),) * 2
    np.testing.assert_array_equal(np.nan_to_num(shown), flips)
    assert_small(figure)


def test_uploads_in_any_order_are_drawn_head_to_tail():
    counts = np.array([5, 500, 50, 500])
    assert frequency_order(counts).tolist() == [1, 3, 2, 0]
    figure = counts_figure(counts, frequency_groups(counts), ["a", "b", "c", "d"])
    assert sorted(bars(figure)) == [(0, 500), (1, 500), (2, 50), (3, 5)]
    assert list(figure.layout.xaxis.ticktext) == ["b", "d", "c", "a"]


def test_bars_name_their_class_and_group():
    counts = np.array([5, 500, 50])
    figure = counts_figure(counts, frequency_groups(counts), ["owl", "cat", "fox"])
    assert {t.name: list(t.customdata) for t in figure.data} == {
        "Many (1)": ["cat"],
        "Medium (1)": ["fox"],
        "Few (1)": ["owl"],
    }


def test_a_class_without_samples_has_no_bar():
    counts, groups, labels = long_tail(3)
    raw, adjusted = np.array([0.5, np.nan, 0.2]), np.array([0.4, np.nan, 0.6])
    figure = recall_change_figure(counts, groups, labels, raw, adjusted)
    assert sorted(bars(figure)) == [(0, pytest.approx(-10)), (2, pytest.approx(40))]
    assert_small(figure)


def test_classes_none_of_which_has_samples_give_an_empty_chart():
    counts, groups, labels = long_tail(3)
    nothing = np.full(3, np.nan)
    assert not recall_change_figure(counts, groups, labels, nothing, nothing).data


def test_no_flips_give_an_empty_map():
    figure = flips_figure(np.zeros((3, 3), dtype=np.int64), ["a", "b", "c"])
    assert np.isnan(np.asarray(figure.data[0].z, dtype=float)).all()
    assert_small(figure)


def test_class_names_are_no_markup_anywhere():
    counts = np.array([300, 30, 3])
    groups, labels = frequency_groups(counts), [MARKUP, "b", "c"]
    figures = [
        counts_figure(counts, groups, labels),
        recall_change_figure(counts, groups, labels, recalls(3), recalls(3, 1)),
        flips_figure(np.ones((3, 3), dtype=np.int64), labels),
    ]
    for figure in figures:
        ticks = figure.layout.xaxis.ticktext
        told = [str(np.asarray(t.customdata).tolist()) for t in figure.data]
        for text in (*ticks, *told):
            assert not set("<>&") & set(text)


def test_long_names_are_cut_under_the_axis_and_whole_in_the_hover():
    name = "a class of a very long name indeed"
    figure = counts_figure(np.array([9, 1]), np.array(["few", "few"]), [name, "b"])
    assert max(map(len, figure.layout.xaxis.ticktext)) <= 14
    assert name in [n for t in figure.data for n in t.customdata]
