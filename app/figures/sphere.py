"""Four classes in three dimensions: a rule's regions painted on the sphere of one feature norm."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.palette import class_colors
from app.figures.style import base_figure, plain
from app.scenes.sphere import PaintedSphere

FloatArray = NDArray[np.float64]

TIE_COLOR = "#b9bcc2"
TIE_NAME = "tie of votes"
_EYE_DISTANCE = 1.1
_REACH = 1.3  # of the class vectors, in radii
# Even light: classes are told apart by colour, which shading would change.
_LIGHT = {"ambient": 1.0, "diffuse": 0.0, "specular": 0.0, "fresnel": 0.0}


def sphere_figure(
    sphere: PaintedSphere,
    weights: FloatArray,
    names: list[str],
    extent: float | None = None,
    height: int = 380,
) -> go.Figure:
    """Draw a painted sphere, with the class vectors as labelled lines; it can be turned.

    Parameters
    ----------
    sphere : PaintedSphere
    weights : (K, 3) array
        Class vectors; only their directions are drawn.
    names : list of K str
        Plain text.
    extent : float, optional
        Half the side of the box around the sphere, 1.5 times its radius by default.
    height : int
        In pixels.
    """
    figure = base_figure(height, showlegend=False)
    vectors = _vectors(weights, names, sphere.radius)
    for trace in (*_regions(sphere, names), _graticule(weights, sphere.radius), *vectors):
        figure.add_trace(trace)
    reach = 1.5 * sphere.radius if extent is None else extent
    axis = {"visible": False, "range": [-reach, reach]}
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        scene={
            **dict.fromkeys(("xaxis", "yaxis", "zaxis"), axis),
            "aspectmode": "cube",
            "camera": _camera(weights),
            "dragmode": "orbit",
            "uirevision": "turned",  # as the user has turned it, whatever is painted
        },
    )
    return figure


def alt_text(title: str, sphere: PaintedSphere, names: list[str]) -> str:
    """What the picture says: the share of the sphere each class owns under a rule."""
    shares = [
        f"{label} {share:.0%}"
        for label, share in zip([*names, TIE_NAME], sphere.shares(), strict=True)
        if share > 0 or label != TIE_NAME
    ]
    return f"Sphere of features of norm {sphere.radius:.3g} under {title}: {', '.join(shares)}."


def _regions(sphere: PaintedSphere, names: list[str]) -> list[go.Mesh3d]:
    """One mesh a class, and one for ties, with only the vertices it needs."""
    colors, labels = [*class_colors(len(names)), TIE_COLOR], [*names, TIE_NAME]
    meshes = []
    for k in np.unique(sphere.owner).tolist():
        points, faces = sphere.part(k)
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
    units = _directions(weights)
    eye = 0.7 * units[-1] + units[0] + 0.75 * units[-2]
    sides = (("eye", _EYE_DISTANCE * eye / np.linalg.norm(eye)), ("up", units[0]))
    return {name: dict(zip("xyz", v.tolist(), strict=True)) for name, v in sides}


def _vectors(weights: FloatArray, names: list[str], radius: float) -> list[go.Scatter3d]:
    """Lines from the sphere outwards in the direction of every class vector, with its name."""
    return [
        go.Scatter3d(
            x=[radius * u[0], _REACH * radius * u[0]],
            y=[radius * u[1], _REACH * radius * u[1]],
            z=[radius * u[2], _REACH * radius * u[2]],
            mode="lines+markers+text",
            line={"color": color, "width": 6},
            marker={"size": [0, 4], "color": color},
            text=["", plain(name)],
            textposition="top center",
            textfont={"size": 13},
            hoverinfo="skip",
        )
        for u, name, color in zip(
            _directions(weights), names, class_colors(len(names)), strict=True
        )
    ]


def _graticule(weights: FloatArray, radius: float) -> go.Scatter3d:
    """Thin circles of latitude and longitude around the head class: they make the disc a ball."""
    up = _directions(weights)[0]
    side = np.linalg.svd(up[None])[2][1:]
    turn = np.linspace(0, 2 * np.pi, 73)[:, None]
    around = np.cos(turn) * side[0] + np.sin(turn) * side[1]
    circles = [np.cos(a) * up + np.sin(a) * around for a in np.deg2rad([30, 60, 90, 120, 150])]
    for a in np.deg2rad([0, 30, 60, 90, 120, 150]):
        out = np.cos(a) * side[0] + np.sin(a) * side[1]
        circles.append(np.cos(turn) * up + np.sin(turn) * out)
    gap = np.full((1, 3), np.nan)
    x, y, z = (1.004 * radius * np.concatenate([np.vstack([c, gap]) for c in circles])).T
    return go.Scatter3d(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        z=z.astype(np.float32),
        mode="lines",
        line={"color": "rgba(255, 255, 255, 0.35)", "width": 1.5},
        hoverinfo="skip",
    )


def _directions(weights: FloatArray) -> FloatArray:
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))
