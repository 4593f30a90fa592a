"""The sphere of one feature norm in three dimensions, painted with the regions of a rule."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import ScoreFunction
from app.errors import UserError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
OwnerAt = Callable[[FloatArray], IntArray]

MAX_DETAIL = 5
_DIRECTIONS = 20_000
_HALVINGS = 12  # of a side of about 4 degrees: down to a thousandth of a degree


@dataclass(frozen=True, eq=False)
class PaintedSphere:
    """Triangles of a sphere, each owned by one class.

    Attributes
    ----------
    radius : float
        The feature norm.
    vertices : (V, 3) array
        Points of the sphere.
    faces : (F, 3) int array
        Indices of vertices.
    owner : (F,) int array
        Class of each face; K where votes are tied.
    num_classes : int
        K.
    """

    radius: float
    vertices: FloatArray
    faces: IntArray
    owner: IntArray
    num_classes: int

    def part(self, owner: int) -> tuple[FloatArray, IntArray]:
        """Faces of one owner, and only the vertices that they need."""
        points, faces, _ = _compact(self.vertices, self.faces[self.owner == owner], self.owner)
        return points, faces

    def shares(self) -> FloatArray:
        """Share of the sphere's area each class owns, (K + 1,); the last is that of ties."""
        a, b, c = (self.vertices[self.faces[:, corner]] for corner in range(3))
        areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        owned = np.bincount(self.owner, areas, self.num_classes + 1)
        return np.asarray(owned / owned.sum())


def paint_sphere(
    scores: ScoreFunction,
    weights: FloatArray,
    radius: float,
    *,
    voting: bool = False,
    detail: int = 4,
) -> PaintedSphere:
    """Return who has the top score where on a sphere of features.

    The sphere is an icosahedron whose faces are divided into four `detail` times. Faces whose
    corners disagree are cut where the owner changes along their sides, which is found by
    bisection; so borders are as sharp as the mesh is round (0.2 % of the radius at detail 4). A
    region that slips between the vertices, smaller than a face, is not seen.

    Parameters
    ----------
    scores : function
        From `app.adjust.score_function`: logits (N, K) to scores (N, K).
    weights : (K, 3) array
        Class vectors; the classifier has no bias.
    radius : float
        Norm of the features, above 0.
    voting : bool
        Whether scores count votes, as those of the 1vs1adjuster do, with half a vote more for
        whoever wins a tie: the tie is then shown instead of its winner. (Since the winner is not
        shown, ``Setup(ties="head")``, which finds it faster, paints the same picture.)
    detail : int
        0 to 5.

    Raises
    ------
    UserError
        If `weights` are not in three dimensions, the radius not above 0 or `detail` out of range.
    """
    if np.ndim(weights) != 2 or np.shape(weights)[1] != 3:
        raise UserError(f"weights must have three columns, got shape {np.shape(weights)}.")
    if not (np.isfinite(radius) and radius > 0):
        raise UserError(f"radius must be finite and above 0, got {radius}.")
    if not 0 <= detail <= MAX_DETAIL:
        raise UserError(f"detail must be within 0..{MAX_DETAIL}, got {detail}.")

    owner_at = owner_function(scores, weights, radius, voting=voting)
    points, faces = icosphere(detail)
    points, faces, owner = _cut(points, faces, owner_at)
    return PaintedSphere(float(radius), radius * points, faces, owner, len(weights))


def owner_function(
    scores: ScoreFunction, weights: FloatArray, radius: float, *, voting: bool = False
) -> OwnerAt:
    """Return what maps unit directions (N, 3) to who owns the features of that norm there, (N,).

    The owner is K where votes are tied; arguments are those of `paint_sphere`.
    """
    return lambda directions: _owners(scores(radius * directions @ weights.T), voting)


def share_apart(first: OwnerAt, second: OwnerAt) -> float:
    """Return the share of the sphere's area that two rules give to different owners.

    Counted on 20,000 directions that stand for equal areas, a Fibonacci lattice: to about 0.1 %.
    """
    place = np.arange(_DIRECTIONS) + 0.5
    height, turn = 1 - 2 * place / _DIRECTIONS, np.pi * (1 + np.sqrt(5)) * place
    around = np.sqrt(1 - height**2)
    directions = np.stack([around * np.cos(turn), around * np.sin(turn), height], axis=1)
    return float((first(directions) != second(directions)).mean())


def icosphere(detail: int) -> tuple[FloatArray, IntArray]:
    """Unit vertices (V, 3) and faces (20 * 4^detail, 3), corners counter-clockwise from outside."""
    golden = (1 + np.sqrt(5)) / 2
    short = np.array([[0, y, z] for y in (-1, 1) for z in (-golden, golden)])
    points = np.concatenate([np.roll(short, turn, axis=1) for turn in range(3)])
    near = np.isclose(np.linalg.norm(points[:, None] - points, axis=2), 2)
    faces = np.array(
        [
            (i, j, k) if np.linalg.det(points[[i, j, k]]) > 0 else (i, k, j)
            for i in range(12)
            for j in range(i + 1, 12)
            for k in range(j + 1, 12)
            if near[i, j] and near[j, k] and near[i, k]
        ],
        dtype=np.int64,
    )
    points = _unit(points)
    for _ in range(detail):
        sides, ids = _sides(faces)
        a, b, c = faces.T
        ab, bc, ca = (ids + len(points)).T
        points = np.concatenate([points, _unit(points[sides].sum(axis=1))])
        corners = ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))
        faces = np.concatenate([np.stack(corner, axis=1) for corner in corners])
    return points, faces


def _cut(
    points: FloatArray, faces: IntArray, owner_at: OwnerAt
) -> tuple[FloatArray, IntArray, IntArray]:
    """Cut the faces whose corners have different owners along the border between them."""
    owner = owner_at(points)
    corner_owner = owner[faces]
    mixed = (corner_owner != corner_owner[:, :1]).any(axis=1)
    whole, torn = faces[~mixed], faces[mixed]
    if len(torn) == 0:
        return points, faces, corner_owner[:, 0]
    # Turned so that the first corner is the odd one out, wherever there is just one.
    same = np.stack(
        [owner[torn[:, (c + 1) % 3]] == owner[torn[:, (c + 2) % 3]] for c in range(3)], axis=1
    )
    turn = np.where(same.any(axis=1), same.argmax(axis=1), 0)
    torn = np.take_along_axis(torn, (turn[:, None] + np.arange(3)) % 3, axis=1)
    sides, ids = _sides(torn)
    crossings = _crossings(points[sides], owner[sides[:, 0]], owner_at)
    ab, bc, ca = (ids + len(points)).T
    a, b, c = torn.T
    centres = _unit(points[torn].sum(axis=1))
    middle = np.arange(len(torn)) + len(points) + len(sides)
    two, three = same.any(axis=1), ~same.any(axis=1)
    pieces = [
        ((a, ab, ca), a, two),
        ((ab, b, c), b, two),
        ((ab, c, ca), b, two),
        *(
            (piece, corner, three)
            for corner, ahead, behind in ((a, ab, ca), (b, bc, ab), (c, ca, bc))
            for piece in ((corner, ahead, middle), (corner, middle, behind))
        ),
    ]
    new_faces = [np.stack(piece, axis=1)[where] for piece, _, where in pieces]
    new_owner = [owner[corner[where]] for _, corner, where in pieces]
    all_points = np.concatenate([points, crossings, centres])
    return _compact(
        all_points,
        np.concatenate([whole, *new_faces]),
        np.concatenate([owner[whole[:, 0]], *new_owner]),
    )


def _crossings(sides: FloatArray, first: IntArray, owner_at: OwnerAt) -> FloatArray:
    """Where the owner changes between the ends of each side, (S, 2, 3) -> (S, 3) unit points."""
    low, high = np.zeros(len(sides)), np.ones(len(sides))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        same = owner_at(_between(sides, middle)) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return _between(sides, (low + high) / 2)


def _between(sides: FloatArray, share: FloatArray) -> FloatArray:
    return _unit(sides[:, 0] + share[:, None] * (sides[:, 1] - sides[:, 0]))


def _sides(faces: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct sides (S, 2) of faces, and for each face those of its sides ab, bc and ca."""
    ends = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    sides, ids = np.unique(ends, axis=0, return_inverse=True)
    return sides, ids.reshape(-1, 3)


def _compact(
    points: FloatArray, faces: IntArray, owner: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """Leave out the points that no face uses."""
    used, ids = np.unique(faces, return_inverse=True)
    return points[used], ids.reshape(faces.shape), owner


def _owners(scores: FloatArray, voting: bool) -> IntArray:
    """The class with the top score, or K where `voting` and the top is a tie broken by a half."""
    top = scores.max(axis=1)
    tied = voting & (top % 1 != 0)
    return np.asarray(np.where(tied, scores.shape[1], scores.argmax(axis=1)))


def _unit(points: FloatArray) -> FloatArray:
    return np.asarray(points / np.linalg.norm(points, axis=-1, keepdims=True))
