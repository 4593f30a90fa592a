"""Views of multi-center frames: exact where they say so, and drawn as computed."""

import math

import numpy as np
import pytest

from app.centers import CentersSpec, model_of, run
from app.scenes.centers import center_views, centers_film, shown_classes
from app.scenes.film import GRAMS
from app.theory import center_frame

THREE = CentersSpec(counts=(100, 22, 5), steps=200)


def made(spec, looked):
    snapshots = list(run(spec))
    return centers_film(spec, snapshots[0], looked), snapshots


@pytest.mark.parametrize("per_class", [[1, 2, 6], [2, 2], [1, 1, 1, 1, 3]])
@pytest.mark.parametrize("looked", [0, 1])
def test_axes_are_orthonormal_or_absent(per_class, looked):
    frame = center_frame(per_class, 0.4, seed=None)
    for view in center_views(frame, looked):
        there = [name is not None for name in view.axis_names]
        np.testing.assert_allclose(view.axes.T @ view.axes, np.diag(there), atol=1e-12)


def test_one_class_of_two_centers_is_exact_in_its_view():
    frame = center_frame([2, 3], 0.4, seed=7)
    view = center_views(frame, 0)[0]
    own = frame.owners == 0
    for vectors in (frame.centers[own], frame.directions[:1], frame.classifier[:1]):
        places = vectors @ view.axes
        np.testing.assert_allclose(places @ places.T, vectors @ vectors.T, atol=1e-12)
    np.testing.assert_allclose((frame.centers[own] @ view.axes)[:, 0], math.sin(0.4), atol=1e-12)


def test_the_mean_of_many_centers_lies_in_two_axes_at_rho():
    frame = center_frame([2, 6], 0.2, seed=7)
    place = frame.directions[1] @ center_views(frame, 1)[0].axes
    np.testing.assert_allclose(
        place, [frame.cos_rho[1], math.sin(math.acos(frame.cos_rho[1])), 0], atol=1e-12
    )


def test_views_of_three_classes_show_what_their_words_say():
    frame = center_frame([1, 2, 6], 0.2, seed=3)
    _, means, vectors = center_views(frame, 2)
    np.testing.assert_allclose(frame.directions @ means.axes, np.eye(3), atol=1e-12)
    at_alpha = frame.cos_alpha[frame.owners, None] * np.eye(3)[frame.owners]
    np.testing.assert_allclose(frame.centers @ means.axes, at_alpha, atol=1e-12)
    np.testing.assert_allclose(frame.directions @ vectors.axes, np.diag(frame.cos_rho), atol=1e-12)
    at_theta = math.sin(0.2) * np.eye(3)[frame.owners]
    np.testing.assert_allclose(frame.centers @ vectors.axes, at_theta, atol=1e-12)


def test_of_many_classes_three_have_axes():
    assert shown_classes(center_frame([1] * 9, 0.2)).tolist() == [0, 4, 8]
    assert shown_classes(center_frame([1] * 2, 0.2)).tolist() == [0, 1]


def test_frames_hold_what_the_snapshots_hold():
    film, snapshots = made(THREE, 2)
    frames = film.frames(snapshots)
    drawn = {name: rows[-1] for name, rows in frames.drawn.items()}
    last, frame = snapshots[-1], model_of(THREE).frame
    wanted = [last.metrics[curve.metric] for curve in film.curves]
    np.testing.assert_allclose(frames.values[-1], wanted, rtol=1e-6)
    unit = last.arrays["unit_means"]
    features = last.arrays["features"] / np.linalg.norm(last.arrays["features"], axis=1)[:, None]
    places = {"means": unit, "classifier": frame.classifier, "points": features}
    for name, rows in places.items():
        found = drawn[name].reshape(-1, 9)[:, 3:]
        np.testing.assert_allclose(found, (rows @ film.axes)[:, 3:], atol=1e-6)
    grams = unit @ frame.directions.T, unit @ unit.T, frame.classifier @ unit.T
    for name, expected in zip(GRAMS, grams, strict=True):
        np.testing.assert_allclose(drawn[name].reshape(3, 3), expected, atol=1e-6)


def test_the_view_of_one_class_leaves_the_others_out():
    film, snapshots = made(THREE, 2)
    points = film.frames(snapshots).drawn["points"][0].reshape(-1, 9)
    other = film.point_labels != 2
    assert np.isnan(points[other, :3]).all()
    assert np.isfinite(points[~other]).all()
    places, owners = film.landmarks
    assert (np.isnan(places[:, 0]) == (owners != 2)).all()


@pytest.mark.parametrize("loss", ["cosine", "p"])
def test_training_ends_on_the_backdrop(loss):
    spec = CentersSpec(
        counts=(30, 9, 3), loss=loss, strategy="al", mean_centers=3, steps=3000, theta=0.5
    )
    film, snapshots = made(spec, 0)
    drawn = film.frames(snapshots[-1:]).drawn
    for name, expected in film.backdrop.items():
        np.testing.assert_allclose(drawn[name][0], expected, atol=1e-5)


def test_a_vanished_class_is_drawn_at_the_origin():
    spec = CentersSpec(
        counts=(20, 6, 3, 1),
        mean_centers=2,
        strategy="al",
        loss="p",
        frame="learned",
        weight_decay=0.06,
        feature_decay=0.012,
    )
    film, snapshots = made(spec, 3)
    means = film.frames(snapshots[-1:]).drawn["means"].reshape(4, 9)
    np.testing.assert_allclose(means[3], 0, atol=1e-6)
    assert np.linalg.norm(means[0, 3:6]) > 0.5
