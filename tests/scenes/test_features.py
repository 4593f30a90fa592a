from dataclasses import replace

import numpy as np
import pytest

from app.adjust import Setup, score_function
from app.data.bundled import load
from app.data.upload import Upload
from app.errors import UserError
from app.scenes import setup_at
from app.scenes.features import feature_slice, features_scene
from app.scenes.regions import plane_regions

RULES = {
    "raw": {},
    "mla": {"gamma": 0.4},
    "ala": {"tau": 1.0},
    "1vs1": {"gamma": 0.5},
    "tau-norm": {"tau": 1.0},
    "vs": {"gamma": 0.3, "tau": 0.5},
}
CHOSEN = (0, 3, 6)


@pytest.fixture(scope="module")
def upload():
    return load("fashion-lt")


@pytest.fixture(scope="module")
def view(upload):
    return feature_slice(upload, CHOSEN)


def setup_of(upload, **change):
    norms = np.linalg.norm(upload.weights.astype(float), axis=1)
    given = {"weight_norms": norms, "bias": upload.bias, "weights": upload.weights}
    return Setup(upload.class_counts, **given, **change)


def inside(polygon, points):
    """Whether points are within a convex polygon, its corners counter-clockwise."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    away = points[:, None] - polygon
    return (edge[:, 0] * away[..., 1] - edge[:, 1] * away[..., 0] >= 0).all(axis=1)


@pytest.mark.parametrize("classes", [(0, 3), CHOSEN, (9, 1, 5), (0, 2, 4, 6), (0, 1, 2, 3, 4, 5)])
def test_axes_are_orthonormal_and_logits_exact_on_the_slice(upload, classes):
    view = feature_slice(upload, classes)
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(2), atol=1e-12)
    at = np.random.default_rng(0).normal(size=(50, 2)) * 10
    features = view.origin + at @ view.axes
    full = features @ upload.weights.astype(float).T + upload.bias
    np.testing.assert_allclose(at @ view.weights.T + view.bias, full, atol=1e-9)
    assert view.means[0] == pytest.approx([0, np.linalg.norm(view.means[0])])
    assert view.means[1, 0] <= 1e-9


@pytest.mark.parametrize("classes", [(0, 3), CHOSEN, (9, 1, 5)])
def test_up_to_three_class_means_are_on_the_slice(upload, classes):
    view = feature_slice(upload, classes)
    np.testing.assert_allclose(
        view.origin + view.means @ view.axes, upload.class_means[list(classes)], atol=1e-5
    )


def test_more_means_are_met_as_well_as_a_plane_can(upload):
    view = feature_slice(upload, (0, 2, 4, 6))
    spread = upload.class_means[[0, 2, 4, 6]].astype(float) - view.origin
    missed = (spread**2).sum() - (view.means**2).sum()
    values = np.linalg.eigvalsh(spread @ spread.T)
    assert missed == pytest.approx(values[:-2].sum(), rel=1e-6)


def test_points_are_the_judged_samples_of_the_classes(upload, view):
    assert len(view.labels) == 3000
    assert set(view.labels.tolist()) == set(CHOSEN)
    kept = np.flatnonzero(np.isin(upload.labels, CHOSEN) & (upload.split == "judge"))
    np.testing.assert_array_equal(view.logits, upload.logits[kept])
    offset = upload.features[kept].astype(float) - view.origin
    residual = offset - view.points @ view.axes
    np.testing.assert_allclose(residual @ view.axes.T, 0, atol=1e-9)
    centred = offset - offset.mean(axis=0)
    within = np.trace(np.cov(view.points.T, bias=True)) * len(view.points)
    assert view.variance_share == pytest.approx(within / (centred**2).sum())
    assert 0.2 < view.variance_share < 0.95


def test_second_axis_of_two_classes_is_where_the_samples_vary_most(upload):
    view = feature_slice(upload, (0, 3))
    rows = np.isin(upload.labels, (0, 3)) & (upload.split == "judge")
    samples = upload.features[rows].astype(float)
    samples -= samples.mean(axis=0)
    line = upload.class_means[0].astype(float) - upload.class_means[3]
    line /= np.linalg.norm(line)
    top = np.linalg.eigvalsh(np.cov((samples - np.outer(samples @ line, line)).T, bias=True))[-1]
    assert np.var(view.points[:, 0]) == pytest.approx(top, rel=1e-6)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("center", [False, True])
def test_regions_are_where_the_full_rule_predicts(upload, view, rule, center):
    """Random points of the slice, lifted to feature space, through the whole classifier."""
    setup, window = setup_of(upload, center=center), view.window()
    at = np.random.default_rng(1).uniform(window[::2], window[1::2], size=(4000, 2))
    logits = (view.origin + at @ view.axes) @ upload.weights.astype(float).T + upload.bias
    scores = score_function(rule, setup, RULES[rule])(logits)
    winner, seen = scores.argmax(axis=1), np.zeros(len(at), dtype=int)
    for face in plane_regions(rule, view.weights, view.bias, setup, RULES[rule], window):
        here = inside(face.polygon, at)
        seen += here
        assert np.isin(winner[here], face.winners).all()
    np.testing.assert_array_equal(seen, 1)


def test_a_scene_judges_every_sample_by_its_full_logits(upload):
    """Rounding logits to 16 bits may only decide what was a tie to that precision."""
    scene = features_scene(upload, (0, 1, 2, 3, 4, 6))
    scene.check()
    assert len(scene.labels) == 6000
    assert len(scene.points) == 2000
    assert np.bincount(scene.labels[:2000], minlength=7).tolist() == pytest.approx(
        [333, 333, 333, 333, 333, 0, 333], abs=30
    )
    rows = np.isin(upload.labels, scene.shown) & (upload.split == "judge")
    for rule, parameters in RULES.items():
        full = score_function(rule, setup_of(upload), parameters)(upload.logits[rows])
        right = full.argmax(axis=1) == upload.labels[rows]
        scores = score_function(rule, setup_at(scene, 1.0), parameters)(scene.logits)
        found = scores.argmax(axis=1) == scene.labels
        for k in scene.shown:
            here, there = right[upload.labels[rows] == k].sum(), found[scene.labels == k].sum()
            assert abs(int(here) - int(there)) <= 1, (rule, k)


def test_a_projection_is_only_a_view(upload, view):
    """Some samples lie in a region whose class they are not given, and that is not hidden."""
    drawn = (view.points @ view.weights.T + view.bias).argmax(axis=1)
    given = view.logits.argmax(axis=1)
    assert 0.01 < (drawn != given).mean() < 0.5


def test_window_is_square_and_holds_everything(view):
    left, right, bottom, top = view.window()
    assert right - left == pytest.approx(top - bottom)
    shown = np.concatenate([view.points, view.means])
    assert (shown > [left, bottom]).all()
    assert (shown < [right, top]).all()


def test_coinciding_means_and_no_noise_still_give_a_plane():
    upload = Upload(
        "tiny",
        np.eye(3),
        labels=np.arange(3),
        weights=np.eye(3),
        features=np.ones((3, 3)),
        class_means=np.ones((3, 3)),
    )
    view = feature_slice(upload, (0, 1))
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(2), atol=1e-12)
    assert np.isfinite(view.window()).all()
    assert view.variance_share == 1.0


@pytest.mark.parametrize("classes", [(0,), (0, 0), (0, 10), (-1, 2), tuple(range(7))])
def test_classes_out_of_range_are_named(upload, classes):
    with pytest.raises(UserError, match="classes"):
        feature_slice(upload, classes)


@pytest.mark.parametrize("role", ["weights", "features", "class_means", "labels"])
def test_what_is_missing_is_named(upload, role):
    with pytest.raises(UserError, match=role):
        feature_slice(replace(upload, **{role: None}), CHOSEN)


def test_classes_without_samples_are_named(upload):
    with pytest.raises(UserError, match="samples"):
        feature_slice(replace(upload, split=np.full(12000, "tune")), CHOSEN)
