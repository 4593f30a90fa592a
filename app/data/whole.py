"""Whole numbers and text as files hold them: labels, counts and splits share these steps."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Text, Values
from app.data.upload import UploadError
from app.data.words import first, quoted

_LARGEST = 2.0**53


class Whole(NamedTuple):
    """Integers, and a sentence if they came as something else."""

    values: NDArray[np.int64]
    notes: tuple[str, ...]


def as_text_or_array(values: Values, what: str) -> Values:
    """Return `Text` for arrays of str or bytes, and other arrays as they are."""
    if isinstance(values, Text) or values.dtype.kind not in "SU":
        return values
    try:
        if values.dtype.kind == "S":
            values = np.char.decode(values, "utf-8")
        different, codes = np.unique(values, return_inverse=True)
        names = tuple(str(name).strip() for name in different.tolist())
    except (ValueError, UnicodeError, SystemError) as error:
        raise UploadError(f"{what} are text that is not valid Unicode.") from error
    return Text(codes.reshape(values.shape).astype(np.int64), names)


def text_as_numbers(values: Text) -> NDArray[Any] | None:
    """Return text as numbers if every piece of it is one, as in a CSV column."""
    if not values.names or not all(_is_plain_number(name) for name in values.names):
        return None
    numbers = [float(name) for name in values.names]
    if not np.isfinite(numbers).all():
        return None
    if all(_is_integer(name) for name in values.names):
        return np.array([int(name) for name in values.names], np.int64)[values.codes]
    return np.array(numbers)[values.codes]


def _is_integer(text: str) -> bool:
    digits = text[1:] if text[:1] in ("-", "+") else text
    return digits.isascii() and digits.isdigit() and len(digits) <= 15


def _is_plain_number(text: str) -> bool:
    whole, _, part = text.partition(".")
    return _is_integer(whole) and (not part or (part.isascii() and part.isdigit()))


def as_integers(array: NDArray[Any], what: str) -> Whole:
    """Return int64 for integers and for floats without a fraction.

    Raises
    ------
    UploadError
        For other dtypes, fractions, NaN, infinities and numbers beyond 2**53.
    """
    if array.dtype.kind in "iu":
        if array.dtype.itemsize == 8 and array.dtype.kind == "u":
            _require(array <= np.uint64(_LARGEST), array, what)
        return Whole(array.astype(np.int64), ())
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise UploadError(f"{what} must be whole numbers; got {quoted(array.dtype)}.")
    # float16 cannot hold the bound, and would compare with infinity.
    wide = array.astype(np.float64)
    _require((np.abs(wide) <= _LARGEST) & (np.floor(wide) == wide), array, what)
    return Whole(
        array.astype(np.int64),
        (f"{what[0].upper()}{what[1:]} were whole numbers stored as decimals.",),
    )


def _require(good: NDArray[np.bool_], array: NDArray[Any], what: str) -> None:
    if not good.all():
        at = first(~good)
        raise UploadError(
            f"{what} must be whole numbers; entry {at:,} (counted from 0) is {array.flat[at]}."
        )
