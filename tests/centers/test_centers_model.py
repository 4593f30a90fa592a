"""Settings, runs, rules, integrals and sweeps of multi-center models."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.centers import (
    CentersSpec,
    guess_shares,
    interval,
    model_of,
    noisy_accuracies,
    ratio_sweep,
    rule_accuracy,
    rule_scores,
    run,
    theta_sweep,
)
from app.centers.noise import score_law
from app.centers.run import shown_rows
from app.errors import UserError
from app.longtail import class_counts
from app.runs import collect
from app.theory import center_frame


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"mean_centers": 1},
            "mean_centers must be at least 2 for the class-aware strategy, got 1",
        ),
        ({"theta": 2.0}, "less than or equal to 1.57"),
        ({"theta": -0.1}, "greater than or equal to 0"),
        ({"dim": 11}, "dim must be at least 12 for 3 classes with 9 centers, got 11"),
        ({"counts": (5, 0)}, "counts must be at least 1 each, got 0"),
        ({"counts": (30_000, 5)}, "counts must sum to at most 20,000, got 30005"),
        ({"counts": (19_000, 5), "dim": 4000}, "features must hold at most 2,000,000 numbers"),
        ({"frame": "learned"}, "a learned frame needs loss 'p'"),
    ],
)
def test_what_cannot_be_trained_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        CentersSpec(**fields)


def test_classes_of_one_sample_are_trained_like_others():
    spec = CentersSpec(counts=(9, 1, 1), steps=1500)
    found = collect(spec, run(spec))
    assert found.metrics["nc_tail"] < 1e-10
    assert all(np.isfinite(value) for value in found.metrics.values())


def test_a_run_repeats_and_keeps_what_is_shown():
    spec = CentersSpec(counts=(400, 60, 7), steps=40, seed=3)
    first, second = (collect(spec, run(spec)) for _ in range(2))
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name])
    labels = first.arrays["feature_labels"]
    assert len(labels) == 200
    assert np.bincount(labels)[2] == 7
    assert first.arrays["path/step"].tolist() == list(range(41))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=2, max_size=40), st.integers(3, 3000))
def test_shown_rows_leave_no_class_out(counts, dim):
    counts = np.array(counts)
    rows = shown_rows(counts, dim)
    kept = np.bincount(np.repeat(np.arange(len(counts)), counts)[rows], minlength=len(counts))
    assert (kept >= 1).all()
    assert len(rows) <= max(200, len(counts))
    assert len(set(kept[kept < counts])) <= 1


def test_a_rate_that_is_too_large_ends_the_run_at_its_last_finite_state():
    spec = CentersSpec(loss="p", learning_rate=1e6, steps=500)
    found = collect(spec, run(spec))
    assert found.arrays["path/step"][-1] < 500
    assert np.isfinite(found.arrays["features"]).all()


def test_rules_by_brute_force():
    frame = center_frame([1, 2, 4], 0.4, 12, seed=1)
    features = np.random.default_rng(0).normal(size=(50, 12))
    for scores, vectors in (
        (rule_scores("rcr", features, frame), [[w] for w in frame.classifier]),
        (rule_scores("gcr", features, frame), [frame.centers[frame.owners == k] for k in range(3)]),
        (rule_scores("ncc", features, frame), [[m] for m in frame.directions]),
    ):
        wanted = [[max(v @ z for v in own) for own in vectors] for z in features]
        np.testing.assert_allclose(scores, wanted, atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.2, 0.7, 0.9, 1.5, math.pi / 2])
@pytest.mark.parametrize("num_centers", [1, 2, 86])
def test_law_of_the_best_center(theta, num_centers):
    random = np.random.default_rng(0)
    largest = random.normal(size=(20_000, num_centers)).max(axis=1)
    sample = np.sort(math.sin(theta) * random.normal(size=20_000) + math.cos(theta) * largest)
    u = np.linspace(-9, 12, 2101)
    distribution, density = score_law(u, num_centers, theta)
    measured = np.searchsorted(sample, u) / len(sample)
    assert np.abs(distribution - measured).max() < 1.95 / math.sqrt(len(sample))
    assert density.sum() * 0.01 == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(np.gradient(distribution, u), density, atol=2e-4)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.integers(1, 20)), min_size=2, max_size=6),
    st.floats(0.02, 3),
    st.floats(0, math.pi / 2),
)
def test_somebody_always_wins(classes, noise, theta):
    offsets, centers = (np.array(column) for column in zip(*classes, strict=True))
    shares = guess_shares(offsets, noise, centers, theta)
    assert shares.sum() == pytest.approx(1, abs=1e-8)
    assert shares.min() >= 0


def test_little_noise_is_no_error_and_much_noise_is_a_guess():
    for rule in ("rcr", "gcr", "ncc"):
        np.testing.assert_allclose(rule_accuracy(rule, [9, 3, 1], [1, 2, 6], 0.8, 0.01), 1)
        mean = rule_accuracy(rule, [9, 3, 1], [1, 2, 6], 0.8, 100.0).mean()
        assert mean == pytest.approx(1 / 3, abs=5e-3)


def test_noisy_accuracies_repeat_and_differ_by_seed():
    model = model_of(CentersSpec())
    arguments = model.frame, model.frame.directions, np.arange(3), model.counts, 0.4
    first, second = (noisy_accuracies(*arguments, seeds=3)["gcr"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.ptp(first.mean(axis=1)) > 0


def test_intervals_cover_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = [low <= 0 <= high for _, low, high in map(interval, random.normal(size=(2000, 5)))]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_sweeps_hold_the_accuracies_of_their_frames():
    counts = class_counts(4, 200, 50.0)
    sweep = theta_sweep(counts, [0.1, 0.8], [2, 5, 9], "cal", "gcr", 0.4)
    spec = CentersSpec(counts=tuple(counts.tolist()), mean_centers=5)
    wanted = rule_accuracy("gcr", counts, spec.per_class, 0.8, 0.4)
    np.testing.assert_allclose(sweep.accuracies[1, 1], wanted, rtol=1e-12)
    assert sweep.seen("mean")[0][1, 1] == pytest.approx(wanted.mean(), rel=1e-12)
    assert sweep.seen("last")[0][1, 1] == pytest.approx(wanted[-1], rel=1e-12)
    over = ratio_sweep((4, 200, "exponential", 0.5), [1, 50], [0.1, 0.8], ("cal", 5), "gcr", 0.4)
    np.testing.assert_allclose(over.accuracies[1, 1], wanted, rtol=1e-12)
    single = rule_accuracy("gcr", counts, [1] * 4, math.pi / 2, 0.4)
    np.testing.assert_allclose(sweep.baseline, [single] * 2, rtol=1e-12)
    np.testing.assert_allclose(over.baseline, [single] * 2, rtol=1e-12)


@pytest.mark.parametrize("rule", ["rcr", "gcr"])
def test_no_multi_center_frame_beats_one_center_under_isotropic_noise(rule):
    """Scores cos rho and cos alpha, below 1, against the same noise; of maxima even more of it."""
    counts = class_counts(5, 500, 50.0)
    sweep = theta_sweep(counts, np.linspace(0, math.pi / 2, 6), [2, 5, 12], "cal", rule, 0.35)
    values, baseline = sweep.seen("mean")
    assert (values <= baseline + 1e-9).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rule_accuracy("rcr", [2, 1], [1, 2], 0.2, 0.0), r"noise must be in \[0\.001, 100"),
        (lambda: rule_accuracy("best", [2, 1], [1, 2], 0.2, 0.1), r"rule must be rcr, rcr-bn, gcr"),
        (
            lambda: rule_scores("best", np.eye(5), center_frame([1, 2], 0.2, seed=None)),
            r"rule must be one of rcr, rcr-bn, gcr, ncc, got 'best'",
        ),
        (
            lambda: noisy_accuracies(
                center_frame([1, 1], 0.2), np.eye(2, 4), np.arange(2), np.ones(2), -1.0
            ),
            r"noise must be in \[0, 100\], got -1\.0",
        ),
        (
            lambda: noisy_accuracies(
                center_frame([1, 1], 0.2), np.eye(2, 4), np.arange(2), np.ones(2), 1.0, 0
            ),
            r"seeds must be from 1 to 100, got 0",
        ),
    ],
)
def test_bad_arguments_get_a_sentence(call, message):
    with pytest.raises(UserError, match=message):
        call()
