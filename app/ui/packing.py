"""Numbers as text for the browser, which `assets/shared.js` reads: whole, or in 16 bits each."""

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.scenes.base import MOST_STEPS

_NOT_FINITE = -MOST_STEPS - 1


def packed(values: NDArray[Any], kind: str = "<f4") -> str:
    """Return numbers as base 64 of their bytes, row after row, little-endian."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def in_steps(rows: ArrayLike, steps: ArrayLike | None = None) -> dict[str, str]:
    """Return rows of numbers that are drawn, as 16-bit multiples of a step of each row.

    No number is off by more than half a step. The step is that of which 32,767 reach the largest
    number of the row: a row that fills 1,000 pixels is drawn to a 65th of one. What is not finite
    becomes NaN, which is not drawn.

    Parameters
    ----------
    rows : (R, n) or (n,) array
        One row if flat.
    steps : (R,) array, optional
        Steps of one's own, of which 32,767 reach every number.
    """
    table = np.atleast_2d(np.asarray(rows, dtype=float))
    finite = np.isfinite(table)
    if steps is None:
        largest = np.max(np.abs(table), axis=1, initial=0, where=finite)
        steps = np.maximum(largest / MOST_STEPS, np.finfo(float).tiny)
    sizes = np.atleast_1d(np.asarray(steps, dtype=float))
    whole = np.rint(np.where(finite, table, 0) / sizes[:, None])
    return {
        "steps": packed(sizes, "<f8"),
        "text": packed(np.where(finite, whole, _NOT_FINITE), "<i2"),
    }
