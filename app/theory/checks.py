"""Argument checks shared by the closed forms; each raises `UserError` naming what came."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError


def require(holds: bool, name: str, allowed: str, got: object) -> None:
    """Raise `UserError` "`name` must be `allowed`, got `got`." unless `holds`."""
    if not holds:
        raise UserError(f"{name} must be {allowed}, got {got!r}.")


def positive_vector(values: ArrayLike, name: str, size: int | None = None) -> NDArray[np.float64]:
    """Return `values` as a float vector, all finite and above 0, of length `size` if given."""
    vector = as_float(values, name)
    require(vector.ndim == 1 and vector.size > 0, name, "a vector, one number a class", vector)
    require(size in (None, vector.size), name, f"of length {size}", vector.size)
    wrong = np.flatnonzero(~(np.isfinite(vector) & (vector > 0)))
    if wrong.size:
        got = f"{vector[wrong[0]]} at class {wrong[0]}"
        raise UserError(f"{name} must be finite and above 0, got {got}.")
    return vector


def finite_array(values: ArrayLike, name: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """Return `values` as finite floats of `shape`, where None stands for any length."""
    array = as_float(values, name)
    fits = array.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, array.shape, strict=True)
    )
    wanted = "(" + ", ".join("any" if want is None else str(want) for want in shape) + ")"
    require(fits, name, f"an array of shape {wanted}", array.shape)
    require(bool(np.isfinite(array).all()), name, "finite", "NaN or infinity")
    return array


def as_float(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return `values` as a float64 array, or raise `UserError` if they are not numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{name} must be numbers, got {values!r}.") from None
