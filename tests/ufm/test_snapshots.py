"""Snapshots: when they come and what they hold."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ufm import UFMSpec
from app.ufm.problem import objective, problem_of
from app.ufm.run import run
from app.ufm.schedule import SNAPSHOTS, beat, recorded_steps
from app.ufm.snapshots import MAX_FEATURES, shown_rows
from tests.ufm.small_runs import SMALL, STEP, changed, last


@pytest.mark.parametrize("steps", [1, 2, 3, 119, 120, 20_000, 10_000_000])
def test_recorded_steps_are_few_and_hold_both_ends(steps):
    recorded = recorded_steps(steps)
    assert recorded[0] == 0
    assert recorded[-1] == steps
    assert list(recorded) == sorted(set(recorded))
    assert len(recorded) == min(SNAPSHOTS, steps + 1)
    gaps = np.diff(np.log(recorded[1:]))
    assert steps < 1000 or gaps[-20:].max() < 1.2 * gaps[-20:].min()


def test_large_problems_give_signs_of_life_and_can_be_left():
    spec = UFMSpec(counts=(100,) * 100, dim=128, steps=10_000_000)
    problem = problem_of(spec)
    assert beat(problem) < 200
    stream = run(spec)
    steps = [snapshot.step for snapshot in itertools.islice(stream, 25)]
    assert np.diff(steps).max() <= beat(problem)
    stream.close()


def test_signs_of_life_do_not_change_the_run(monkeypatch):
    spec = changed(SMALL, optimizer="nesterov")
    plain = list(run(spec))
    monkeypatch.setattr("app.ufm.schedule._BEAT", 1e-6)
    lively = {snapshot.step: snapshot for snapshot in run(spec)}
    assert len(lively) > len(plain) + 30
    for snapshot in plain:
        for name, array in snapshot.arrays.items():
            np.testing.assert_array_equal(array, lively[snapshot.step].arrays[name])


def test_metrics_are_those_of_the_arrays():
    spec = changed(SMALL, bias=True, loss="la", tau=1.0, optimizer="momentum")
    problem = problem_of(spec)
    for snapshot in run(spec):
        W, H, b = (snapshot.arrays[name] for name in ("classifier", "means", "bias"))
        U = H * np.sqrt(problem.copies)[:, None]
        value = objective(problem, W, U, b)
        decay = 5e-4 / 2 * ((W**2).sum() + (U**2).sum())
        assert snapshot.metrics["objective"] == pytest.approx(value, rel=1e-12)
        assert snapshot.metrics["loss"] == pytest.approx(value - decay, rel=1e-9)
        right = [k for k, z in enumerate(H @ W.T + b) if (np.delete(z, k) < z[k]).all()]
        share = sum(spec.counts[k] for k in right) / sum(spec.counts)
        assert snapshot.metrics["accuracy"] == pytest.approx(share)


def test_samples_collapse_onto_their_means():
    spec = changed(STEP, per_sample=True, steps=3000, optimizer="nesterov", device="cpu", dim=12)
    snapshots = list(run(spec))
    first, final = snapshots[0], snapshots[-1]
    H, labels = first.arrays["features"], first.arrays["feature_labels"]
    means = np.stack([H[labels == k].mean(axis=0) for k in range(10)])
    np.testing.assert_allclose(first.arrays["means"], means, atol=1e-12)
    deviations, spread = H - means[labels], means - means.mean(axis=0)
    within, between = deviations.T @ deviations / len(H), spread.T @ spread / 10
    nc1 = np.trace(within @ np.linalg.pinv(between, rcond=1e-10)) / 10
    assert first.metrics["nc1"] == pytest.approx(nc1, rel=1e-8)
    assert first.metrics["scatter"] == pytest.approx(np.trace(within), rel=1e-10)
    assert final.metrics["nc1"] < 1e-8 * first.metrics["nc1"]
    assert final.metrics["objective"] == pytest.approx(0.1466216836, rel=1e-8)


def test_nc1_of_equal_class_means_is_not_defined():
    spec = changed(SMALL, per_sample=True, init_scale=0.0, steps=1, device="cpu")
    assert np.isnan(last(spec).metrics["nc1"])


def test_many_samples_are_shown_in_part():
    spec = UFMSpec(counts=(5000, 900, 3, 1), dim=2, per_sample=True, steps=1, device="cpu")
    shown = last(spec).arrays
    assert shown["features"].shape == (MAX_FEATURES, 2)
    np.testing.assert_array_equal(np.bincount(shown["feature_labels"]), [1096, 900, 3, 1])


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=200))
@settings(max_examples=50, deadline=None)
def test_shown_rows_fill_the_room_and_leave_no_class_out(counts):
    counts = np.array(counts)
    rows = shown_rows(counts)
    labels = np.repeat(np.arange(len(counts)), counts)[rows]
    assert len(np.unique(rows)) == len(rows) == min(MAX_FEATURES, counts.sum())
    shown = np.bincount(labels, minlength=len(counts))
    assert shown.min() >= 1
    assert shown[shown < counts].size == 0 or shown.max() - shown[shown < counts].min() <= 1
