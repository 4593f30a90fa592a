"""Argument checks shared by the closed forms; each raises `UserError` naming what came."""

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
    return positive_array(vector, name)


def positive_array(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return `values` as floats of any shape, all finite and above 0."""
    array = as_float(values, name)
    wrong = np.argwhere(~(np.isfinite(array) & (array > 0)))
    if len(wrong):
        where = tuple(wrong[0].tolist())
        at = f" at index {', '.join(map(str, where))}" if where else ""
        raise UserError(f"{name} must be finite and above 0, got {array[where]}{at}.")
    return array


def finite_array(
    values: ArrayLike, name: str, shape: tuple[int | None, ...] | None = None
) -> NDArray[np.float64]:
    """Return `values` as finite floats, of `shape` if given, where None stands for any length."""
    array = as_float(values, name)
    if shape is not None:
        sizes = zip(shape, array.shape, strict=False)
        fits = array.ndim == len(shape) and all(want in (None, have) for want, have in sizes)
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        require(fits, name, f"an array of shape ({wanted})", array.shape)
    wrong = array[~np.isfinite(array)]
    require(wrong.size == 0, name, "finite", float(wrong[0]) if wrong.size else None)
    return array


def as_float(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return `values` as a float64 array, or raise `UserError` if they are not numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{name} must be numbers, got {values!r}.") from None
