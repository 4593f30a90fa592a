import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adjust.faces import decision_faces
from app.adjust.polygons import area
from app.adjust.sectors import decision_sectors
from app.errors import UserError
from app.theory import pair_angles, pair_factors, simplex_etf, weight_angles

SQUARE = (-1.0, 1.0, -1.0, 1.0)
TURN = 2 * np.pi


def unit(weights):
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def factors(weights, gamma, counts, norms=None):
    psi = weight_angles(weights)
    return pair_factors(pair_angles(counts, gamma, psi, norms), psi)


def vote_winners(logits, kappa, slack=1e-9):
    """Top classes by the vote written out, and whether a pair is too close to call."""
    own = logits[:, :, None] * kappa
    lead = own - own.transpose(0, 2, 1)
    off = ~np.eye(len(kappa), dtype=bool)
    unsure = (np.abs(lead) < slack * np.abs(kappa).max(initial=slack))[:, off].any(axis=1)
    votes = (lead > 0).sum(axis=2)
    return votes == votes.max(axis=1, keepdims=True), unsure


def classes(wins):
    return tuple(np.flatnonzero(wins).tolist())


def winners_at(sectors, angle):
    found = [s.winners for s in sectors if (angle - s.start) % TURN < s.opening]
    assert len(found) == 1
    return found[0]


def crossing_number(polygon, points):
    """Which points lie inside a simple polygon, convex or not."""
    start, end = polygon[:, None], np.roll(polygon, -1, axis=0)[:, None]
    spans = (start[..., 1] > points[:, 1]) != (end[..., 1] > points[:, 1])
    rise = np.where(spans, end[..., 1] - start[..., 1], 1.0)
    x = start[..., 0] + (points[:, 1] - start[..., 1]) / rise * (end[..., 0] - start[..., 0])
    return (spans & (points[:, 0] < x)).sum(axis=0) % 2 == 1


@pytest.mark.parametrize(
    ("gamma", "openings", "tied"),
    [
        (0.0, (120, 120, 120), 0),
        (0.2, (80.6, 120, 159.4), 0),
        (0.5, (80.3, 120, 159.7), 0.113),
        (1.0, (107.9, 120, 132.1), 0.266),
    ],
)
@pytest.mark.parametrize("counts", [(1000, 100, 10), (500, 50, 5)])
def test_the_three_class_frame(gamma, openings, tied, counts):
    """Ties counted for their first class; past some gamma the tail's cell shrinks again."""
    sectors = decision_sectors(simplex_etf(3, 2), gamma, counts)
    first, ties = np.zeros(3), 0.0
    for sector in sectors:
        first[sector.winners[0]] += np.degrees(sector.opening)
        ties += sector.opening / TURN * (len(sector.winners) > 1)
    np.testing.assert_allclose(first, openings, atol=0.06)
    assert ties == pytest.approx(tied, abs=5e-4)


def test_borders_lie_at_the_pair_angles():
    weights, counts = simplex_etf(3, 2), np.array([1000.0, 100, 10])
    theta = pair_angles(counts, 0.2)
    sectors = decision_sectors(weights, 0.2, counts)
    up = np.pi / 2
    borders = [up + theta[0, 1], up + TURN / 3 + theta[1, 2], up - theta[0, 2]]
    np.testing.assert_allclose(sorted(s.start for s in sectors), np.sort(np.array(borders) % TURN))


def test_a_cell_can_have_two_parts():
    weights, counts = simplex_etf(3, 2), (500, 50, 5)
    seen = [s.winners for s in decision_sectors(weights, 1.0, counts)]
    assert max(seen.count(w) for w in set(seen)) == 2


plane_weights = st.integers(2, 8).flatmap(
    lambda k: st.lists(
        st.tuples(st.floats(0, TURN), st.floats(0.1, 10), st.floats(1, 1000), st.floats(0.5, 2)),
        min_size=k,
        max_size=k,
    )
)


@settings(max_examples=150, deadline=None)
@given(classes_drawn=plane_weights, gamma=st.floats(-1, 3), seed=st.integers(0, 2**32 - 1))
def test_sectors_fill_the_circle_and_agree_with_the_votes(classes_drawn, gamma, seed):
    turn, length, counts, norms = np.array(classes_drawn).T
    weights = length[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    sectors = decision_sectors(weights, gamma, counts, norms)
    assert sum(s.opening for s in sectors) == pytest.approx(TURN)
    assert sum(area(p) for s in sectors for p in s.polygons) == pytest.approx(4, rel=1e-9)
    for sector, following in zip(sectors, sectors[1:] + sectors[:1], strict=True):
        assert 0 <= sector.start < TURN
        assert 0 < sector.opening <= TURN
        assert sector.end % TURN == pytest.approx(following.start % TURN)
        assert len(sectors) == 1 or sector.winners != following.winners
    angles = np.random.default_rng(seed).uniform(0, TURN, 100)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    wins, unsure = vote_winners(points @ unit(weights).T, factors(weights, gamma, counts, norms))
    for angle, win in zip(angles[~unsure], wins[~unsure], strict=True):
        assert winners_at(sectors, angle) == classes(win)


@pytest.mark.parametrize(
    "window", [SQUARE, (-0.1, 5, -2, 0.3), (0.5, 2, 0.5, 2), (-1, 1, 0, 1), (-3, -2, -4, 4)]
)
@pytest.mark.parametrize("skew", [1.0, 1e4])
def test_polygons_fill_any_window(window, skew):
    """Also windows beside the origin, with sectors wider than half a turn."""
    weights = np.array([[1, 0], [1, 0.3], [1, -0.3]])
    counts = [skew, 10, 1]
    sectors = decision_sectors(weights, 0.5, counts, window=window)
    assert max(s.opening for s in sectors) > np.pi / 2
    whole = (window[1] - window[0]) * (window[3] - window[2])
    assert sum(area(p) for s in sectors for p in s.polygons) == pytest.approx(whole, rel=1e-12)
    low, high = np.reshape(window, (2, 2)).T
    points = np.random.default_rng(0).uniform(low, high, (500, 2))
    angles = np.arctan2(points[:, 1], points[:, 0])
    for sector in sectors:
        held = sum(crossing_number(p, points).astype(int) for p in sector.polygons)
        np.testing.assert_array_equal(held, (angles - sector.start) % TURN < sector.opening)


def test_wide_sectors_are_one_polygon_round_the_origin():
    sectors = decision_sectors([[1, 0], [1, 0.1]], 0.0, [1, 1])
    assert [round(np.degrees(s.opening), 6) for s in sectors] == [180, 180]
    wide = decision_sectors([[1, 0], [1, 0.1], [1, 0.2]], 0.0, [1, 1, 1])
    assert all(len(s.polygons) == 1 for s in wide)


def test_opposite_vectors_meet_half_way_and_equal_ones_tie():
    opposite = decision_sectors([[0, 1], [0, -1]], 2.0, [1000, 1])
    assert [s.winners for s in opposite] == [(0,), (1,)]
    np.testing.assert_allclose([s.start for s in opposite], [0, np.pi], atol=1e-12)
    (same,) = decision_sectors([[1, 1], [2, 2]], 1.0, [5, 1])
    assert (same.start, same.end, same.winners) == (0, TURN, (0, 1))
    np.testing.assert_array_equal(same.polygons[0], [[-1, -1], [1, -1], [1, 1], [-1, 1]])


def faces_of(weights, bias, gamma, counts, window):
    length = np.linalg.norm(weights, axis=1)
    kappa = factors(weights, gamma, counts)
    return decision_faces(weights / length[:, None], bias / length, kappa, window), kappa


@settings(max_examples=60, deadline=None)
@given(
    classes_drawn=plane_weights,
    gamma=st.floats(-1, 3),
    shift=st.sampled_from([0.0, 1e-3, 0.5, 30.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_faces_fill_the_window_and_agree_with_the_votes(classes_drawn, gamma, shift, seed):
    turn, length, counts, _ = np.array(classes_drawn).T
    rng = np.random.default_rng(seed)
    weights = length[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    bias, window = shift * rng.normal(size=len(turn)), (-2, 3, -1, 1)
    faces, kappa = faces_of(weights, bias, gamma, counts, window)
    assert sum(area(face.polygon) for face in faces) == pytest.approx(10, rel=1e-9)
    centres = np.array([face.polygon.mean(axis=0) for face in faces])
    wins, unsure = vote_winners((centres @ weights.T + bias) / length, kappa, slack=1e-8)
    for face, win, close in zip(faces, wins, unsure, strict=True):
        assert close or face.winners == classes(win)


def test_faces_hold_the_votes_of_all_their_points():
    rng = np.random.default_rng(3)
    weights, bias = rng.normal(size=(6, 2)), 0.3 * rng.normal(size=6)
    faces, kappa = faces_of(weights, bias, 0.7, 500 * 0.01 ** np.linspace(0, 1, 6), SQUARE)
    points = rng.uniform(-1, 1, (1000, 2))
    wins, _ = vote_winners((points @ weights.T + bias) / np.linalg.norm(weights, axis=1), kappa)
    held = np.array([crossing_number(face.polygon, points) for face in faces])
    np.testing.assert_array_equal(held.sum(axis=0), 1)
    for face, win in zip(np.array(faces, dtype=object)[held.argmax(axis=0)], wins, strict=True):
        assert face.winners == classes(win)


def test_without_bias_faces_and_sectors_agree():
    rng = np.random.default_rng(5)
    weights, counts = rng.normal(size=(5, 2)), 500 * 0.01 ** np.linspace(0, 1, 5)
    sectors = decision_sectors(weights, 0.5, counts)
    faces, _ = faces_of(weights, np.zeros(5), 0.5, counts, SQUARE)
    shares = [{}, {}]
    for sector in sectors:
        for polygon in sector.polygons:
            shares[0][sector.winners] = shares[0].get(sector.winners, 0) + area(polygon)
    for face in faces:
        shares[1][face.winners] = shares[1].get(face.winners, 0) + area(face.polygon)
    assert shares[0] == pytest.approx(shares[1])


def test_a_slice_of_more_dimensions():
    """Ten classes in nine dimensions, seen on a plane through three of the vectors."""
    frame, counts = simplex_etf(10, seed=1), 500 * 0.01 ** np.linspace(0, 1, 10)
    origin, axes = frame[[0, 4, 9]].mean(axis=0), np.linalg.qr((frame[[4, 9]] - frame[0]).T)[0]
    kappa = factors(frame, 0.5, counts)
    faces = decision_faces(frame @ axes, frame @ origin, kappa, SQUARE)
    centres = np.array([face.polygon.mean(axis=0) for face in faces])
    wins, unsure = vote_winners((origin + centres @ axes.T) @ frame.T, kappa)
    assert unsure.mean() < 0.1
    for face, win, close in zip(faces, wins, unsure, strict=True):
        assert close or face.winners == classes(win)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decision_sectors(np.ones((1, 2)), 1, [1]), "weights must be 2 to 100 rows"),
        (lambda: decision_sectors(np.ones((2, 3)), 1, [1, 1]), "weights must be an array of shape"),
        (lambda: decision_sectors([[0, 0], [1, 0]], 1, [1, 1]), "no zero row"),
        (lambda: decision_sectors(np.eye(2), 1, [1, 0]), "counts must be finite and above 0"),
        (lambda: decision_sectors(np.eye(2), 1, [1, 1, 1]), "counts"),
        (lambda: decision_sectors(np.eye(2), np.nan, [1, 1]), "gamma must be finite"),
        (lambda: decision_sectors(np.eye(2), 1, [1, 1], window=(1, 0, 0, 1)), "window"),
        (
            lambda: decision_faces(np.ones((13, 2)), np.ones(13), np.ones((13, 13)), SQUARE),
            "weights must be 2 to 12 rows, got 13",
        ),
        (lambda: decision_faces(np.eye(2), [0, 0], np.ones((3, 3)), SQUARE), "factors"),
        (lambda: decision_faces(np.eye(2), [0], np.ones((2, 2)), SQUARE), "bias"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(UserError, match=message):
        call()


@pytest.mark.parametrize("num_classes", [10, 100])
def test_speed_of_sectors(benchmark, num_classes):
    weights = np.random.default_rng(0).normal(size=(num_classes, 2))
    benchmark(decision_sectors, weights, 0.5, 500 * 0.01 ** np.linspace(0, 1, num_classes))
