import numpy as np
import pytest

from app.adjust import Setup, score_function
from app.errors import UserError
from app.scenes.sphere import icosphere, owner_function, paint_sphere, share_apart
from app.theory import simplex_etf

COUNTS = [1000, 200, 40, 8]
WEIGHTS = simplex_etf(4)
RULES = {"raw": {}, "mla": {"gamma": 0.5}, "ala": {"tau": 1.0}, "1vs1": {"gamma": 0.5}}


def painted(rule, radius=5.0, detail=4, **strength):
    scores = score_function(rule, Setup(COUNTS), strength or RULES[rule])
    return paint_sphere(scores, WEIGHTS, radius, voting=rule == "1vs1", detail=detail)


def owner(rule, radius, **strength):
    scores = score_function(rule, Setup(COUNTS), strength or RULES[rule])
    return owner_function(scores, WEIGHTS, radius, voting=rule == "1vs1")


def volume(points, faces):
    return np.linalg.det(points[faces]).sum() / 6


@pytest.mark.parametrize("detail", [0, 1, 4])
def test_icosphere_is_a_closed_sphere(detail):
    points, faces = icosphere(detail)
    assert len(faces) == 20 * 4**detail
    assert len(points) == 10 * 4**detail + 2  # Euler
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1)
    directed = np.concatenate([faces, np.roll(faces, -1, axis=1), np.roll(faces, 1, axis=1)])
    edges = {tuple(edge) for edge in directed[:, :2].tolist()}
    assert len(edges) == 3 * len(faces)  # each direction of each side once
    assert all(edge[::-1] in edges for edge in edges)
    assert volume(points, faces) > 0


@pytest.mark.parametrize("rule", RULES)
def test_cut_sphere_keeps_its_volume_and_orientation(rule):
    sphere = painted(rule)
    assert (np.linalg.det(sphere.vertices[sphere.faces]) > -1e-9).all()
    assert volume(sphere.vertices, sphere.faces) == pytest.approx(4 / 3 * np.pi * 125, rel=5e-3)
    np.testing.assert_allclose(np.linalg.norm(sphere.vertices, axis=1), 5.0)


@pytest.mark.parametrize("rule", RULES)
def test_shares_are_those_of_random_features(rule):
    features = np.random.default_rng(0).normal(size=(200_000, 3))
    features *= 5.0 / np.linalg.norm(features, axis=1, keepdims=True)
    scores = score_function(rule, Setup(COUNTS), RULES[rule])(features @ WEIGHTS.T)
    if rule == "1vs1":
        tied = scores.max(axis=1) != np.floor(scores.max(axis=1))
    else:
        tied = np.zeros(len(features), dtype=bool)
    expected = np.bincount(np.where(tied, 4, scores.argmax(axis=1)), minlength=5) / len(features)
    np.testing.assert_allclose(painted(rule).shares(), expected, atol=5e-3)


def test_raw_regions_of_the_tetrahedron_are_equal():
    np.testing.assert_allclose(painted("raw").shares(), [0.25] * 4 + [0], atol=1e-3)


@pytest.mark.parametrize("rule", ["raw", "mla", "1vs1"])
def test_regions_without_an_offset_ignore_the_radius(rule):
    near, far = painted(rule, 2.0), painted(rule, 50.0)
    np.testing.assert_array_equal(near.faces, far.faces)
    np.testing.assert_array_equal(near.owner, far.owner)
    np.testing.assert_allclose(25 * near.vertices, far.vertices, atol=1e-4)


def test_additive_regions_depend_on_the_radius():
    near, far, very_far = (painted("ala", radius).shares() for radius in (2.0, 10.0, 1000.0))
    assert near[3] > 0.7 > far[3] > 0.3
    np.testing.assert_allclose(very_far[:4], 0.25, atol=0.01)


def test_borders_are_where_scores_tie():
    """Points two regions share are on the border: sharper than the mesh by far."""
    sphere = painted("mla")
    corners = [set(sphere.faces[sphere.owner == k].ravel().tolist()) for k in range(4)]
    scores = score_function("mla", Setup(COUNTS), RULES["mla"])(sphere.vertices @ WEIGHTS.T)
    pairs = far = 0
    for k in range(4):
        for j in range(k):
            only = corners[k] & corners[j] - set().union(
                *(corners[m] for m in range(4) if m not in (j, k))
            )
            shared = sorted(only)
            pairs += len(shared)
            far += int((np.abs(scores[shared, k] - scores[shared, j]) > 1e-3).sum())
    assert pairs > 100
    assert far <= 2  # a side may pass through the corner of a third region


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"weights": np.eye(2)}, "weights"),
        ({"radius": 0.0}, "radius"),
        ({"radius": np.nan}, "radius"),
        ({"detail": 9}, "detail"),
    ],
)
def test_bad_arguments_are_named(change, name):
    good = {"scores": lambda z: z, "weights": WEIGHTS, "radius": 1.0}
    with pytest.raises(UserError, match=name):
        paint_sphere(**{**good, **change})


@pytest.mark.parametrize("rule", RULES)
def test_share_apart_is_what_the_norm_moves(rule):
    directions = np.random.default_rng(1).normal(size=(100_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    near, far = owner(rule, 3.0), owner(rule, 12.0)
    expected = (near(directions) != far(directions)).mean()
    assert share_apart(near, far) == pytest.approx(expected, abs=5e-3)
    assert (share_apart(near, far) > 0.1) == (rule == "ala")


def test_three_quarters_are_apart_from_one_class_owning_all():
    def first(directions):
        return np.zeros(len(directions), dtype=np.int64)

    assert share_apart(owner("raw", 1.0), first) == pytest.approx(0.75, abs=1e-3)
