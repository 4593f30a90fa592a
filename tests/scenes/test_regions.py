import numpy as np
import pytest

from app.adjust import decision_faces, score_function
from app.scenes import circle_scene, planes_at, setup_at
from app.scenes.regions import plane_regions


def inside(polygon, points):
    """Whether points are within a convex polygon, its corners counter-clockwise."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    away = points[:, None] - polygon
    return (edge[:, 0] * away[..., 1] - edge[:, 1] * away[..., 0] >= 0).all(axis=1)


@pytest.mark.parametrize("num_classes", [2, 3, 10])
@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_regions_of_duels_are_where_the_rule_predicts(num_classes, shift):
    """Borders through one point, and lines in any position once a bias is added."""
    scene = circle_scene(num_classes)
    setup = setup_at(scene, 100.0)
    weights, _ = planes_at(scene, 100.0, 5.0)
    bias = shift * np.cos(np.arange(num_classes))
    faces = plane_regions("1vs1", weights, bias, setup, {"gamma": 0.8}, scene.window)
    at = np.random.default_rng(0).uniform(-1.75, 1.75, size=(3000, 2))
    winner = score_function("1vs1", setup, {"gamma": 0.8})(at @ weights.T + bias).argmax(axis=1)
    seen = np.zeros(len(at), dtype=int)
    for face in faces:
        here = inside(face.polygon, at)
        seen += here
        assert np.isin(winner[here], face.winners).all()
    np.testing.assert_array_equal(seen, 1)


def test_sectors_and_faces_tie_in_the_same_places():
    scene = circle_scene(10)
    setup = setup_at(scene, 100.0)
    weights, bias = planes_at(scene, 100.0, 5.0)
    sectors = plane_regions("1vs1", weights, bias, setup, {"gamma": 1.0}, scene.window)
    scaled = weights / setup.duels.scale[:, None]
    faces = decision_faces(scaled, bias, setup.duels.factors(1.0), scene.window)
    tied = [sum(area(f.polygon) for f in some if len(f.winners) > 1) for some in (sectors, faces)]
    assert tied[0] == pytest.approx(tied[1])
    assert tied[0] > 1


def area(polygon):
    x, y = polygon.T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
