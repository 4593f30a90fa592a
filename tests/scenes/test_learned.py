"""The geometry that the imbalance bends, as a scene."""

import numpy as np
import pytest

from app.errors import UserError
from app.longtail import class_counts
from app.losses import class_temperatures
from app.scenes.learned import HEAD_COUNT, learned_scene
from app.theory import relu_collapse, seli, simplex_etf


@pytest.mark.parametrize("learner", ["ce", "cdt", "ldt", "relu"])
def test_balanced_classes_form_the_simplex(learner):
    scene = learned_scene(learner)
    scene.check()
    np.testing.assert_allclose(scene.weights[0], simplex_etf(3), atol=1e-9)
    np.testing.assert_allclose(scene.means[0], simplex_etf(3), atol=1e-9)


@pytest.mark.parametrize("learner", ["ce", "cdt", "ldt"])
@pytest.mark.parametrize("place", [5, 20, 40])
def test_the_plane_shows_true_angles_norms_and_logits(learner, place):
    scene = learned_scene(learner, gamma=0.3)
    counts = class_counts(3, HEAD_COUNT, np.exp(scene.log_ratios[place]))
    delta = None if learner == "ce" else class_temperatures(counts, 0.3)
    geometry = seli(counts, learner, delta)
    drawn = {"classifier": scene.weights[place], "embedding": scene.means[place]}
    for name, vectors in drawn.items():
        gram = getattr(geometry, f"{name}_gram")
        np.testing.assert_allclose(vectors @ vectors.T, gram / np.diag(gram).max(), atol=1e-9)
    logits = scene.weights[place] @ scene.means[place].T
    scale = np.linalg.norm(geometry.logits) / np.linalg.norm(logits)
    np.testing.assert_allclose(scale * logits, geometry.logits, atol=1e-9)


def test_relu_keeps_what_the_classifier_sees():
    scene = learned_scene("relu")
    counts = class_counts(3, HEAD_COUNT, np.exp(scene.log_ratios[20]))
    expected = relu_collapse(counts, 1e-6, 1e-6).logits
    logits = scene.weights[20] @ scene.means[20].T
    scale = np.linalg.norm(expected) / np.linalg.norm(logits)
    np.testing.assert_allclose(scale * logits, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("learner", ["ce", "cdt", "ldt", "relu"])
@pytest.mark.parametrize("gamma", [-1.5, 0.5, 1.5])
def test_dragging_the_ratio_moves_smoothly(learner, gamma):
    scene = learned_scene(learner, gamma)
    for table in (scene.weights, scene.means):
        assert np.abs(np.diff(table, axis=0)).max() < 0.2


def test_label_temperatures_of_one_half_keep_the_simplex():
    scene = learned_scene("ldt", 0.5)
    np.testing.assert_allclose(
        scene.weights, np.broadcast_to(simplex_etf(3), (41, 3, 2)), atol=1e-9
    )


def test_refusals():
    with pytest.raises(UserError, match="learner must be one of ce, cdt, ldt, relu, got 'svm'"):
        learned_scene("svm")
    with pytest.raises(UserError, match=r"gamma must lie in \[-1.5, 1.5\], got 2"):
        learned_scene("cdt", 2)
