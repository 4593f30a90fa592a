from dataclasses import replace

import numpy as np
import pytest

from app.errors import UserError
from app.scenes import circle_scene, counts_at, etf_scene, geometry_at, logits_at, points_at


@pytest.mark.parametrize("scene", [etf_scene(), circle_scene(2), circle_scene(12)])
def test_scenes_fit_together(scene):
    scene.check()
    assert np.ptp(np.bincount(scene.labels)) == 0
    assert len(scene.labels) <= 2000


def test_points_come_from_the_seed():
    np.testing.assert_array_equal(etf_scene(1).points, etf_scene(1).points)
    assert (etf_scene(1).points != etf_scene(2).points).any()


def test_the_tail_scatters_more_by_the_root_of_the_ratio():
    scene = etf_scene()
    off = points_at(scene, 100, 0.2, 0.5) - scene.means[0][scene.labels]
    head, tail = (off[scene.labels == k].std() for k in (0, 2))
    assert tail / head == pytest.approx(10, rel=0.1)
    assert counts_at(scene, 100).tolist() == [1000, 100, 10]


def test_geometry_is_interpolated_in_the_logarithm_of_the_ratio():
    scene = etf_scene()
    table = np.concatenate([scene.weights, 3 * scene.weights])
    scene = replace(
        scene,
        log_ratios=np.log([1, 100.0]),
        weights=table,
        means=table,
        bias=np.zeros((2, 3)),
    )
    scene.check()
    np.testing.assert_allclose(geometry_at(scene, 10)[0], 2 * table[0])
    np.testing.assert_allclose(geometry_at(scene, 1000)[0], 3 * table[0])


def test_points_of_a_fixed_scene_stay_and_given_logits_decide():
    scene = etf_scene()
    logits = np.ones((len(scene.labels), 3))
    scene = replace(scene, fixed=True, logits=logits)
    np.testing.assert_array_equal(points_at(scene, 100, 0.5, 1), scene.points)
    assert logits_at(scene, 100, 0.5, 1, 5) is logits


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.full(900, 3)},
        {"points": np.full((900, 2), np.nan)},
        {"bias": np.zeros((1, 4))},
        {"log_ratios": np.array([0.0, 0.0])},
        {"labels": np.zeros(5000, int), "points": np.zeros((5000, 2))},
    ],
)
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(UserError):
        replace(etf_scene(), **change).check()


@pytest.mark.parametrize("num_classes", [1, 13])
def test_the_circle_holds_two_to_twelve_classes(num_classes):
    with pytest.raises(UserError, match="2 to 12"):
        circle_scene(num_classes)
