"""The film of a run: what is drawn is what was computed, turned and scaled, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.runs import Snapshot
from app.scenes.film import GRAMS, MAX_GRAM_CLASSES, fair_axes, film_of, normalized_grams
from app.ufm import UFMSpec, solve
from app.ufm.prediction import as_prediction, predict

THREE = UFMSpec(counts=(100, 30, 10), dim=5)
TEN = UFMSpec(counts=(100,) * 5 + (10,) * 5, dim=12)


def make(spec, against="theory", first=None):
    optimum = solve(spec)
    reference = predict(spec) if against == "theory" else as_prediction(optimum)
    return film_of(spec, reference, against, optimum, first), optimum


def shot(W, M, step=0, **metrics):
    return Snapshot(step, {"classifier": W, "means": M}, metrics)


@pytest.mark.parametrize("spec", [THREE, TEN], ids=["exact", "projected"])
@pytest.mark.parametrize("against", ["theory", "optimum"])
def test_rotated_prediction_lies_on_the_backdrop(spec, against):
    film, _ = make(spec, against)
    rng = np.random.default_rng(0)
    d = max(spec.dim, film.reference.classifier.shape[1])
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0][: film.reference.classifier.shape[1]]
    W, M = film.reference.classifier @ turn, 3 * film.reference.means @ turn
    drawn = film.frames([shot(2 * W, M)]).drawn
    assert drawn.keys() == film.backdrop.keys()
    for name, expected in film.backdrop.items():
        np.testing.assert_allclose(drawn[name][0], expected, atol=2e-6)


def test_three_classes_are_drawn_exactly():
    film, optimum = make(THREE)
    assert [view.exact for view in film.views] == [True]
    W, M = optimum.arrays["classifier"], optimum.arrays["means"]
    drawn = film.frames([shot(W, M)]).drawn
    for name, true in (("means", M), ("classifier", W)):
        places = drawn[name].reshape(3, 3).astype(float)
        longest = np.linalg.norm(true, axis=1).max()
        np.testing.assert_allclose(places @ places.T, true @ true.T / longest**2, atol=1e-5)


def test_matrices_and_metrics_are_those_of_the_snapshot():
    film, _ = make(TEN)
    rng = np.random.default_rng(1)
    W, M = rng.normal(size=(2, 10, 12))
    metrics = {curve.metric: float(n + 1) for n, curve in enumerate(film.curves)}
    frames = film.frames([shot(W, M, **metrics)])
    np.testing.assert_array_equal(frames.values, [list(metrics.values())])
    for name, product in zip(GRAMS, (W @ W.T, M @ M.T, W @ M.T), strict=True):
        expected = product / np.linalg.norm(product)
        np.testing.assert_allclose(frames.drawn[name].reshape(10, 10), expected, atol=1e-6)


def test_a_metric_that_is_missing_is_not_a_number():
    film, optimum = make(TEN)
    frames = film.frames([shot(optimum.arrays["classifier"], optimum.arrays["means"])])
    assert frames.values.shape == (1, len(film.curves))
    assert np.isnan(frames.values).all()


def test_features_are_points():
    spec = UFMSpec(counts=(4, 2), dim=3, per_sample=True)
    rng = np.random.default_rng(2)
    arrays = {
        "classifier": rng.normal(size=(2, 3)),
        "means": rng.normal(size=(2, 3)),
        "features": rng.normal(size=(6, 3)),
        "feature_labels": np.array([0, 0, 0, 0, 1, 1]),
    }
    first = Snapshot(0, arrays, {})
    film, _ = make(spec, first=first)
    assert film.point_labels.tolist() == [0, 0, 0, 0, 1, 1]
    assert film.frames([first, first]).drawn["points"].shape == (2, 6 * film.axes.shape[1])


def test_levels_are_the_distances_of_the_optimum():
    film, optimum = make(TEN)
    W, M = optimum.arrays["classifier"], optimum.arrays["means"]
    reference = film.reference
    expected = [
        np.linalg.norm(a - b)
        for a, b in zip(
            normalized_grams(W, M),
            normalized_grams(reference.classifier, reference.means),
            strict=True,
        )
    ]
    levels = {curve.metric: curve.level for curve in film.curves}
    found = [levels[f"theory_{name}"] for name in ("classifier", "means", "logits")]
    np.testing.assert_allclose(found, expected)
    assert levels["objective"] == optimum.metrics["objective"]


def test_many_classes_leave_out_matrices():
    size = MAX_GRAM_CLASSES + 1
    film, _ = make(UFMSpec(counts=(50,) * size, dim=size))
    assert not film.grams
    assert {name: part.size for name, part in film.backdrop.items()} == dict.fromkeys(
        ("means", "classifier"), size * film.axes.shape[1]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(1, 14), st.integers(0, 10))
def test_fair_axes_are_orthonormal_or_zero(size, dim, seed):
    W, M = np.random.default_rng(seed).normal(size=(2, size, dim))
    axes = fair_axes(W, M)
    lengths = np.linalg.norm(axes, axis=0)
    assert axes.shape == (dim, 3)
    np.testing.assert_allclose(lengths[: min(3, dim)], 1)
    np.testing.assert_allclose(axes.T @ axes, np.diag(lengths), atol=1e-9)


def test_fair_axes_show_all_classes_of_a_simplex_alike():
    even = UFMSpec(counts=(20,) * 9, dim=9)
    film, _ = make(even)
    places = film.reference.means @ fair_axes(film.reference.classifier, film.reference.means)
    lengths = np.linalg.norm(places[:, :2], axis=1)
    np.testing.assert_allclose(lengths, lengths[0])
