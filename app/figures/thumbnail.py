"""A Gram matrix as a small picture, for buttons."""

import numpy as np
from numpy.typing import ArrayLike

from app.errors import UserError
from app.figures.gram import NEGATIVE, POSITIVE


def gram_svg(matrix: ArrayLike, alt: str, side: int = 96) -> str:
    """Return a matrix as SVG: blue below zero, orange above, zero clear.

    Parameters
    ----------
    matrix : (K, K) array
        Finite; the largest absolute value gets the full colour.
    alt : str
        What the picture shows, for who does not see it.
    side : int
        Width and height in pixels.

    Raises
    ------
    UserError
        If the matrix is not square.
    """
    values = np.asarray(matrix, dtype=float)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise UserError(f"matrix must be square, got shape {values.shape}.")
    shares = np.sqrt(np.abs(values) / (np.abs(values).max() or 1.0))
    cells = "".join(
        f'<rect x="{j}" y="{i}" width="1.02" height="1.02" '
        f'fill="{POSITIVE if values[i, j] > 0 else NEGATIVE}" fill-opacity="{shares[i, j]:.2f}"/>'
        for i, j in np.argwhere(shares > 0.02)
    )
    size = len(values)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {size} {size}" role="img" aria-label="{_escaped(alt)}">'
        f'<rect width="{size}" height="{size}" fill="#808080" fill-opacity="0.08"/>{cells}</svg>'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
