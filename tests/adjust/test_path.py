"""Curves and optima of exact paths against recomputing them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.adjust.curve import SAME, Curve
from app.adjust.exact import exact_path
from app.adjust.metrics import METRICS, Metric
from app.adjust.path import _QUANTUM, ParameterPath
from app.errors import UserError
from tests.adjust import brute_force
from tests.adjust.paths import COUNTS, LABELS, LOGITS, PATHS, RULES, metric_by_loop, problem


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("rule", ["mla", "ala"])
def test_curves_hold_the_metric_of_argmax_between_all_breakpoints(rule, name):
    curve = PATHS[rule].curve(name)
    assert curve.breakpoints[0] == 0
    assert (np.diff(curve.breakpoints) > 0).all()
    ts = brute_force.midpoints(curve.breakpoints, (0.0, 3.0))
    assert ts.size > 100
    for t, value in zip(ts, curve.at(ts), strict=True):
        right = brute_force.correct(LOGITS, LABELS, COUNTS, rule, t)
        assert value == pytest.approx(metric_by_loop(name, LABELS, right, COUNTS), abs=1e-14)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("rule", RULES)
def test_curves_hold_the_metric_at_every_breakpoint_and_just_before(rule, name):
    path = PATHS[rule]
    curve = path.curve(name)
    ends = np.concatenate([curve.breakpoints, np.nextafter(curve.breakpoints[1:], -1), [3.0]])
    for t, value in zip(ends, curve.at(ends), strict=True):
        wanted = metric_by_loop(name, LABELS, path.correct(t), COUNTS)
        assert value == pytest.approx(wanted, abs=1e-14)


def test_steps_of_a_curve():
    curve = Curve(np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.2, 0.3]))
    at = curve.at([0.0, 0.5, np.nextafter(1, 0), 1.0, 1.5, 2.0, 9.0])
    np.testing.assert_array_equal(at, [0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3])
    assert curve.at(1.5).shape == ()


def by_hand(intervals, labels, bounds=(0.0, 3.0), groups=("many", "medium", "few")):
    """A path from (sample, low, high) triples."""
    sample, low, high = (np.array(column) for column in zip(*intervals, strict=True))
    return ParameterPath(
        np.array(labels), np.array(groups), bounds, sample.astype(int), low * 1.0, high * 1.0
    )


def test_curve_and_optimum_by_hand():
    path = by_hand([(0, 0, 1), (1, 1, 3), (2, 2, 3), (3, 0.5, 2.5)], [0, 0, 1, 2])
    curve = path.curve("accuracy")
    after = np.nextafter([1, 2.5], 9)
    np.testing.assert_array_equal(curve.breakpoints, [0, 0.5, 1, after[0], 2, after[1]])
    np.testing.assert_allclose(curve.values, [0.25, 0.5, 0.75, 0.5, 0.75, 0.5])
    best = path.best("accuracy")
    assert best == (2.25, 2.0, 2.5, 0.75)  # Wider than the point at 1, where it is 0.75 too.
    np.testing.assert_allclose(path.curve("worst_class").values, [0, 0, 0, 0, 0.5, 0])
    np.testing.assert_allclose(path.at(2.0), [0.5, 1, 1])
    assert path.correct(1.0).tolist() == [True, True, False, True]


def test_equal_steps_side_by_side_are_one_optimum():
    """One sample leaves where another of its class arrives: the value does not change."""
    middle = 1.25
    path = by_hand([(0, 0.5, middle), (1, np.nextafter(middle, 9), 2)], [0, 0, 1, 2])
    for name in ("accuracy", "balanced_accuracy", "many"):
        assert path.best(name)[:3] == (1.25, 0.5, 2.0)


def test_long_sums_do_not_drift():
    """Every value is right to rounding after hundreds of thousands of steps, and never above 1."""
    rng = np.random.default_rng(0)
    num_rows, num_classes = 300_000, 60
    labels = np.sort(rng.integers(0, num_classes, num_rows))
    low, high = rng.random(num_rows), 2 + rng.random(num_rows)
    groups = np.repeat(["many", "medium", "few"], 20)
    path = ParameterPath(labels, groups, (0.0, 3.0), np.arange(num_rows), low, high)
    for name in ("accuracy", "balanced_accuracy", "worst_group", "worst_class"):
        curve, metric = path.curve(name), path.metric(name)
        for t in (0.5, 0.99, 2.01, 2.7, 3.0):
            assert abs(curve.at(t) - metric.value(path.at(t))) < 5e-14
        best = path.best(name)
        assert best.score == pytest.approx(1, abs=5e-14)
        assert (best.low, best.high) == (low.max(), high.min())


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("rule", RULES)
def test_no_grid_finds_more_than_the_optimum(rule, name):
    path = PATHS[rule]
    best, curve = path.best(name), path.curve(name)
    grid = np.linspace(0, 3, 3001)
    on_grid = np.array([metric_by_loop(name, LABELS, path.correct(t), COUNTS) for t in grid])
    assert best.score >= on_grid.max() - 1e-14
    assert 0 <= best.low <= best.value <= best.high <= 3
    assert best.value == pytest.approx((best.low + best.high) / 2)
    for t in (best.low, best.value, best.high):
        wanted = metric_by_loop(name, LABELS, path.correct(t), COUNTS)
        assert best.score == pytest.approx(wanted, abs=1e-14)
    ends = np.append(curve.breakpoints[1:], 3.0)
    top, runs, start = curve.values > best.score - 1e-12, [], None
    for i, is_top in enumerate(top):
        start = curve.breakpoints[i] if is_top and start is None else start
        if start is not None and (i + 1 == top.size or not top[i + 1]):
            runs.append(ends[i] - start)
            start = None
    assert best.high - best.low == pytest.approx(max(runs), abs=1e-14)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("bounds", [(0.0, 1.0), (0.4, 0.9), (0.7310001, 3.0)])
def test_narrower_bounds_cut_the_same_curve(bounds, name):
    for rule in RULES:
        whole, part = PATHS[rule].curve(name), PATHS[rule].curve(name, bounds)
        assert part.breakpoints[0] == bounds[0]
        assert part.breakpoints[-1] <= bounds[1]
        ts = np.concatenate([brute_force.midpoints(whole.breakpoints, bounds), bounds])
        np.testing.assert_array_equal(whole.at(ts), part.at(ts))
        best = PATHS[rule].best(name, bounds)
        assert bounds[0] <= best.low <= best.high <= bounds[1]
        assert best.score == part.values.max()
        anew = exact_path(LOGITS, LABELS, COUNTS, rule, bounds=bounds).best(name)
        np.testing.assert_allclose(best, anew, rtol=1e-9, atol=1e-12)
    assert whole.breakpoints[0] == 0  # Cutting copies.


@pytest.mark.parametrize("rule", RULES)
def test_recalls_and_hits_at_a_parameter(rule):
    logits, labels = problem(seed=4, absent=(2, 5))
    path = exact_path(logits, labels, COUNTS, rule)
    for t in (0.0, 0.3, 3.0):
        right, recalls = path.correct(t), path.at(t)
        assert np.isnan(recalls[[2, 5]]).all()
        for k in set(labels.tolist()):
            assert recalls[k] == pytest.approx(right[labels == k].mean(), abs=1e-15)
    assert (path.correct(0.0) == (logits.argmax(axis=1) == labels)).all() or rule == "1vs1"
    assert path.num_classes == 7
    assert path.class_sizes.tolist() == np.bincount(labels, minlength=7).tolist()


@pytest.mark.parametrize("rule", RULES)
def test_a_subset_is_the_path_of_its_rows(rule):
    rng = np.random.default_rng(2)
    mask = rng.random(LABELS.size) < 0.4
    for rows in (mask, np.flatnonzero(mask), rng.permutation(LABELS.size)[:40], [7]):
        part = PATHS[rule].subset(rows)
        anew = exact_path(LOGITS[rows], LABELS[rows], COUNTS, rule)
        np.testing.assert_array_equal(part.labels, anew.labels)
        for t in rng.random(50) * 3:
            np.testing.assert_array_equal(part.correct(t), anew.correct(t))
        assert part.best("accuracy") == anew.best("accuracy")
        np.testing.assert_array_equal(
            part.curve("worst_class").breakpoints, anew.curve("worst_class").breakpoints
        )


def test_every_metric_when_no_sample_is_ever_right():
    logits = np.array([[2.0, 1.0, 3.0], [2.0, 1.0, 3.0]])
    path = exact_path(logits, [1, 1], [500, 500, 500])
    assert path.sample.size == 0
    for name in ("accuracy", "balanced_accuracy", "worst_group", "worst_class"):
        curve = path.curve(name)
        assert (curve.breakpoints.tolist(), curve.values.tolist()) == ([0.0], [0.0])
        assert path.best(name) == (1.5, 0.0, 3.0, 0.0)
        assert (path.bootstrap(name, samples=2).values == 1.5).all()


EVENTS = arrays(np.float64, (12, 2), elements=st.integers(0, 6).map(lambda k: k / 2))


@settings(deadline=None)
@given(EVENTS, arrays(np.int64, 12, elements=st.integers(0, 4)), st.sampled_from(METRICS))
def test_coincident_ends(ends, labels, name):
    """Many samples start and stop at the same parameters."""
    low, high = ends.min(axis=1), ends.max(axis=1)
    groups = np.array(["many", "many", "medium", "few", "few"])
    path = ParameterPath(labels, groups, (0.0, 3.0), np.arange(12), low, high)
    metric = path.metric(name)
    if not metric.defined:
        with pytest.raises(UserError, match=f"{name} is not defined"):
            path.curve(name)
        return
    curve, half = path.curve(name), np.arange(0, 3.1, 0.25)
    for t in np.concatenate([half, np.nextafter(half[1:], 0), np.nextafter(half[:-1], 9)]):
        assert curve.at(t) == pytest.approx(float(metric.value(path.at(t))), abs=1e-14)


def test_own_groups():
    groups = np.array(["few", "many", "few", "few", "many", "many", "many"])
    path = exact_path(LOGITS, LABELS, COUNTS, groups=groups)
    recalls = path.at(0.5)
    assert path.curve("few").at(0.5) == pytest.approx(recalls[[0, 2, 3]].mean(), abs=1e-14)
    assert path.curve("worst_group").at(0.5) == pytest.approx(
        min(recalls[[0, 2, 3]].mean(), recalls[[1, 4, 5, 6]].mean()), abs=1e-14
    )
    assert not Metric.of("medium", path.class_sizes, groups).defined


def test_equal_values_are_as_close_as_documented():
    assert _QUANTUM < 1e-15 < SAME
