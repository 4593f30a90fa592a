"""Polygons cut all at once are those that are cut one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adjust.polygons import SQUARE, TOLERANCE, area, clip, evaluate, tidy
from app.adjust.tiling import areas, tiling

# Halves and thirds meet in points and along lines, where rounding decides.
NUMBERS = st.sampled_from([-1.0, -0.5, -1 / 3, 0.0, 1e-15, 0.25, 1 / 3, 1.0]) | st.floats(-1, 1)
LINES = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=12)


def one_by_one(lines):
    faces = [SQUARE]
    for line in lines:
        parts = []
        for face in faces:
            side = evaluate(line[None], face)[0]
            crossed = side.min() < -TOLERANCE and side.max() > TOLERANCE
            halves = [tidy(clip(face, sign * side)) for sign in (1, -1)] if crossed else [[]]
            parts += halves if all(map(len, halves)) else [face]
        faces = parts
    return faces


@given(LINES)
def test_tiles_are_the_faces_cut_one_by_one_in_their_order(lines):
    lines = np.array(lines).reshape(-1, 3)
    tiles, faces = tiling(lines), one_by_one(lines)
    found = np.split(tiles.corners, tiles.firsts[1:])
    assert len(found) == len(faces)
    for polygon, face in zip(found, faces, strict=True):
        np.testing.assert_array_equal(polygon, face)
    np.testing.assert_allclose(tiles.centroids(), [face.mean(axis=0) for face in faces])
    np.testing.assert_allclose(areas(found), [area(face) for face in faces], atol=1e-15)


@pytest.mark.parametrize(("count", "most"), [(1, 2), (3, 7), (45, 45 * 46 // 2 + 1)])
def test_lines_in_general_position_divide_the_square(count, most):
    angles = np.random.default_rng(count).uniform(0, np.pi, count)
    near = np.random.default_rng(1).uniform(-0.01, 0.01, count)
    tiles = tiling(np.column_stack([np.cos(angles), np.sin(angles), near]))
    # All cross within the square as they pass near its middle, except nearly parallel ones.
    assert 0.9 * most <= len(tiles.firsts) <= most
    assert areas(np.split(tiles.corners, tiles.firsts[1:])).sum() == pytest.approx(4, rel=1e-12)
