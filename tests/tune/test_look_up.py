from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adjust import compare
from app.adjust.flips import find_flips
from app.data import Upload
from app.tune import TuneSpec, comparison, judge_by_hand
from app.tune.look_up import MOST_BINS, MOST_STEPS, look_up, slider_positions

RULES = ("mla", "ala", "1vs1", "tau-norm")
BOUNDS = st.tuples(st.floats(-2, 5), st.floats(-2, 5)).filter(lambda b: b[0] < b[1])


def upload(rows=240, num_classes=4, absent=()):
    """Noisy logits that favour head classes; half the rows tune, half judge."""
    rng = np.random.default_rng(num_classes)
    labels = rng.permutation(np.arange(rows) % num_classes)
    labels[np.isin(labels, absent)] = 0
    counts = np.maximum(1, np.rint(500 * 100 ** -np.linspace(0, 1, num_classes))).astype(int)
    z = rng.normal(size=(rows, num_classes)) + 2 * np.eye(num_classes)[labels] + np.log(counts) / 4
    weights = rng.normal(size=(num_classes, 5)) * np.linspace(2, 0.5, num_classes)[:, None]
    split = np.where(rng.random(rows) < 0.5, "tune", "judge")
    return Upload("mine.npz", z, labels, counts, split=split, weights=weights)


def looked_up(data, spec, name, wanted=()):
    work = comparison(data, spec)
    settings_of = {"judge": spec.judge, "samples": spec.samples}
    raw = work.line("raw", **settings_of)
    positions = slider_positions((spec.low, spec.high), wanted)
    return work, raw, look_up(work, spec, name, raw, positions)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("judge", ["folds", "split", "same"])
def test_the_table_holds_what_judging_at_each_value_gives(name, judge):
    rng = np.random.default_rng(1)
    wanted = tuple(rng.uniform(-1, 2, 6))
    spec = TuneSpec(judge=judge, samples=20, low=-1, high=2)
    work, raw, table = looked_up(upload(), spec, name, wanted)
    tuned = work.line(name, judge=judge, samples=20, bounds=(-1, 2))
    path = work.tuner(name, 0, (-1, 2)).path.subset(tuned.rows)
    order = np.argsort(-work.setup.class_counts, kind="stable")
    for value in wanted:
        place = int(np.searchsorted(table.positions, value))
        assert table.positions[place] == value
        np.testing.assert_array_equal(table.recalls[:, place], path.at(value)[order])
        line = judge_by_hand(work, tuned, value)
        assert {m: v[place] for m, v in table.scores.items()} == line.scores
        flips = find_flips(work.labels[tuned.rows], raw.predictions, line.predictions)
        assert table.fixed[place] == flips.fixed.size
        assert table.broken[place] == flips.broken.size
    assert table.raw_scores == raw.scores
    np.testing.assert_array_equal(table.raw_recalls, raw.recalls[order])
    assert table.samples == tuned.rows.size


def test_the_table_holds_at_every_position_what_the_path_says():
    spec = TuneSpec(judge="same", samples=20)
    work, _, table = looked_up(upload(), spec, "mla")
    path = work.tuner("mla").path
    expected = np.array([path.at(value) for value in table.positions]).T
    np.testing.assert_array_equal(table.recalls, expected)


def test_many_classes_are_binned_head_to_tail_and_absent_ones_left_out():
    absent = (0, 5, *range(90, 101))
    data = upload(rows=400, num_classes=101, absent=absent[1:])
    work, raw, table = looked_up(data, TuneSpec(judge="same", samples=20), "ala", (0.7,))
    assert table.recalls.shape == (MOST_BINS, table.positions.size)
    assert [r.start for r in table.ranks] == [0, *(r.stop for r in table.ranks[:-1])]
    place = int(np.searchsorted(table.positions, 0.7))
    recalls = work.tuner("ala").path.at(0.7)
    for ranks, shown, before in zip(
        table.ranks, table.recalls[:, place], table.raw_recalls, strict=True
    ):
        # Counts fall with the number of the class, so ranks are classes.
        known = recalls[ranks][np.isfinite(recalls[ranks])]
        assert shown == pytest.approx(known.mean() if known.size else np.nan, nan_ok=True)
        assert np.isnan(before) == (known.size == 0)
    assert np.isnan(table.recalls[-1]).all()
    assert raw.rows.size == 400


def test_two_classes_work_and_a_group_without_classes_has_no_score():
    _, _, table = looked_up(upload(num_classes=2), TuneSpec(judge="same", samples=20), "1vs1")
    assert table.recalls.shape == (2, table.positions.size)
    assert np.isfinite(table.scores["accuracy"]).all()
    assert np.isnan(table.scores["medium"]).all()
    assert np.isnan(table.raw_scores["medium"])


@given(BOUNDS, st.lists(st.floats(0, 1), max_size=4))
@settings(max_examples=100, deadline=None)
def test_positions_run_from_bound_to_bound_and_hold_what_is_wanted(bounds, shares):
    low, high = bounds
    wanted = tuple(min(high, low + share * (high - low)) for share in shares)
    positions = slider_positions(bounds, wanted)
    assert (np.diff(positions) > 0).all()
    assert (positions[0], positions[-1]) == bounds
    assert set(wanted) <= set(positions)
    assert positions.size <= MOST_STEPS + 3 + len(wanted)


@pytest.mark.parametrize("bounds", [(0, 3), (-2, 5), (0.25, 0.5), (0, 0.001)])
def test_positions_are_round_and_many(bounds):
    positions = slider_positions(bounds)
    assert positions.size > MOST_STEPS / 3
    width = bounds[1] - bounds[0]
    digits = max(-Decimal(repr(p)).as_tuple().exponent for p in positions.tolist())
    assert digits <= 3 - np.floor(np.log10(width))


def test_an_adjuster_on_part_of_the_samples_is_compared_with_raw_on_them(monkeypatch):
    monkeypatch.setattr(compare, "duel_rows", lambda num_classes: 100)
    work, raw, table = looked_up(upload(), TuneSpec(judge="same", samples=20), "1vs1", (0.4,))
    line = judge_by_hand(work, work.line("1vs1", judge="same", samples=20), 0.4)
    place = int(np.searchsorted(table.positions, 0.4))
    flips = find_flips(work.labels[line.rows], raw.predictions[line.rows], line.predictions)
    assert table.samples == line.rows.size == 100
    assert (table.fixed[place], table.broken[place]) == (flips.fixed.size, flips.broken.size)
    right = raw.predictions[line.rows] == work.labels[line.rows]
    assert table.raw_scores["accuracy"] == pytest.approx(right.mean())
