"""A phase map as a small picture, for buttons."""

from html import escape

import numpy as np
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from app.figures.phase_traces import COLORS

FloatArray = NDArray[np.float64]


def map_svg(values: FloatArray, alt: str, side: int = 96) -> str:
    """Return a map as a small picture for a button, the lowest row at the foot.

    Parameters
    ----------
    values : (R, C) array
        At least 0; the largest gets the lightest colour.
    alt : str
        What the picture shows, for who does not see it.
    side : int
        Width and height in pixels.
    """
    rows, columns = values.shape
    colors = sample_colorscale(COLORS, (values / (values.max() or 1.0)).ravel().tolist())
    cells = "".join(
        f'<rect x="{n % columns}" y="{rows - 1 - n // columns}" width="1.02" height="1.02" '
        f'fill="{color}"/>'
        for n, color in enumerate(colors)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" '
        f'shape-rendering="crispEdges" role="img" aria-label="{escape(alt, quote=True)}">'
        f"{cells}</svg>"
    )
