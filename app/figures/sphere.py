"""Four classes in three dimensions: a rule's regions painted on the sphere of one feature norm."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.adjust.adjusters import ScoreFunction
from app.errors import UserError
from app.figures.palette import class_colors
from app.figures.style import base_figure, plain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
OwnerAt = Callable[[FloatArray], IntArray]

TIE_COLOR = "#b9bcc2"
TIE_NAME = "tie of votes"
MAX_DETAIL = 5
_HALVINGS = 12  # of a side of about 4 degrees: down to a thousandth of a degree
_EYE_DISTANCE = 1.45
# Even light: classes are told apart by colour, which shading would change.
_LIGHT = {"ambient": 1.0, "diffuse": 0.0, "specular": 0.0, "fresnel": 0.0}


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

    def owner_at(points: FloatArray) -> IntArray:
        return _owners(scores(radius * points @ weights.T), voting)

    points, faces = icosphere(detail)
    points, faces, owner = _cut(points, faces, owner_at)
    return PaintedSphere(float(radius), radius * points, faces, owner, len(weights))


def sphere_figure(
    panels: list[tuple[str, PaintedSphere]],
    weights: FloatArray,
    names: list[str],
    extent: float | None = None,
    height: int = 420,
) -> go.Figure:
    """Draw painted spheres side by side, with the class vectors as labelled lines.

    Parameters
    ----------
    panels : list of (title, PaintedSphere)
    weights : (K, 3) array
        Class vectors; only their directions are drawn.
    names : list of K str
        Plain text.
    extent : float, optional
        Half the side of the box around each sphere; 1.5 times the largest radius by default. A
        fixed extent shows the sphere grow with the feature norm.
    """
    figure = base_figure(height, showlegend=False)
    largest = max(sphere.radius for _, sphere in panels)
    reach = 1.5 * largest if extent is None else extent
    camera = _camera(weights)
    for p, (title, sphere) in enumerate(panels):
        scene = "scene" if p == 0 else f"scene{p + 1}"
        left, right = p / len(panels), (p + 1) / len(panels)
        for trace in (*_regions(sphere, names), *_vectors(weights, names, sphere.radius)):
            figure.add_trace(trace.update(scene=scene))
        axis = {"visible": False, "range": [-reach, reach]}
        figure.update_layout(
            {
                scene: {
                    "domain": {"x": [left, right], "y": [0, 1]},
                    "xaxis": axis,
                    "yaxis": axis,
                    "zaxis": axis,
                    "aspectmode": "cube",
                    "camera": camera,
                    "dragmode": "orbit",
                }
            }
        )
        figure.add_annotation(
            text=plain(title),
            x=(left + right) / 2,
            y=1.0,
            xref="paper",
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            font={"size": 15},
        )
    return figure


def alt_text(panels: list[tuple[str, PaintedSphere]], names: list[str]) -> str:
    """What the picture says: the share of the sphere each class owns under each rule."""
    labels = [*names, TIE_NAME]
    parts = []
    for title, sphere in panels:
        shares = [
            f"{label} {share:.0%}"
            for label, share in zip(labels, sphere.shares(), strict=True)
            if share > 0 or label != TIE_NAME
        ]
        parts.append(f"{title}: {', '.join(shares)}")
    norms = " and ".join(dict.fromkeys(f"{sphere.radius:.3g}" for _, sphere in panels))
    return f"Share of the sphere of features of norm {norms}. " + "; ".join(parts) + "."


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


def _regions(sphere: PaintedSphere, names: list[str]) -> list[go.Mesh3d]:
    """One mesh a class, and one for ties, with only the vertices it needs."""
    colors, labels = [*class_colors(len(names)), TIE_COLOR], [*names, TIE_NAME]
    meshes = []
    for k in np.unique(sphere.owner).tolist():
        points, faces, _ = _compact(
            sphere.vertices, sphere.faces[sphere.owner == k], sphere.owner[sphere.owner == k]
        )
        x, y, z = points.T.astype(np.float32)
        i, j, f = faces.T.astype(np.uint16 if len(points) < 2**16 else np.uint32)
        meshes.append(
            go.Mesh3d(
                x=x,
                y=y,
                z=z,
                i=i,
                j=j,
                k=f,
                color=colors[k],
                name=plain(labels[k]),
                lighting=_LIGHT,
                hovertemplate="%{fullData.name}<extra></extra>",
            )
        )
    return meshes


def _camera(weights: FloatArray) -> dict[str, dict[str, float]]:
    """The head class up, head and tail both in sight: theirs are the borders that move."""
    units = _unit(np.asarray(weights, dtype=float))
    eye = _EYE_DISTANCE * _unit(0.7 * units[-1] + units[0] + 0.75 * units[-2])
    sides = (("eye", eye), ("up", units[0]))
    return {name: dict(zip("xyz", v.tolist(), strict=True)) for name, v in sides}


def _vectors(weights: FloatArray, names: list[str], radius: float) -> list[go.Scatter3d]:
    """Lines from the sphere outwards in the direction of every class vector, with its name."""
    return [
        go.Scatter3d(
            x=[radius * u[0], 1.25 * radius * u[0]],
            y=[radius * u[1], 1.25 * radius * u[1]],
            z=[radius * u[2], 1.25 * radius * u[2]],
            mode="lines+markers+text",
            line={"color": color, "width": 6},
            marker={"size": [0, 4], "color": color},
            text=["", plain(name)],
            textposition="top center",
            textfont={"size": 13},
            hoverinfo="skip",
        )
        for u, name, color in zip(
            _unit(np.asarray(weights, dtype=float)), names, class_colors(len(names)), strict=True
        )
    ]
