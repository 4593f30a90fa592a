"""Checks of arrays of numbers: form before they are loaded, values after."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Entry
from app.data.limits import Limits
from app.data.upload import UploadError
from app.data.words import cell, first, listed, quoted, shape_of, size

_CHUNK = 1_000_000


def check_logits_form(entry: Entry, limits: Limits) -> None:
    """Refuse what cannot be logits by its declared shape and dtype.

    Raises
    ------
    UploadError
        If it is not 2-D numbers with at least 1 row and 2 classes, within the limits.
    """
    check_number_type(entry, "the logits")
    if len(entry.shape) != 2:
        raise UploadError(
            "the logits must be a 2-D array, rows x classes; "
            f"got {len(entry.shape)}-D ({shape_of(entry.shape)})."
        )
    rows, classes = entry.shape
    if rows < 1 or classes < 2:
        raise UploadError(
            "the logits need at least 1 row and 2 classes; "
            f"got {shape_of(entry.shape)} (rows x classes)."
        )
    for what, count, most in (
        ("rows", rows, limits.rows),
        ("classes", classes, limits.classes),
        ("numbers", rows * classes, limits.cells),
    ):
        if count > most:
            raise UploadError(
                f"the logits are {shape_of(entry.shape)}; at most {most:,} {what} are allowed."
            )


def check_number_type(entry: Entry, what: str) -> None:
    """Refuse dtypes other than float16, float32, float64 and integers."""
    dtype = entry.dtype
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise UploadError(
            f"{what} must be float16, float32, float64 or integers; got {quoted(dtype)}."
        )


def check_total(entries: Sequence[Entry], limits: Limits) -> None:
    """Refuse arrays that together would take too much memory once converted."""
    total = sum(max(e.nbytes, _converted_size(e)) for e in entries)
    if total > limits.array_bytes:
        raise UploadError(
            f"its arrays take {size(total)} in memory; "
            f"at most {size(limits.array_bytes)} is allowed."
        )


def _converted_size(entry: Entry) -> int:
    item = entry.dtype.itemsize
    return entry.nbytes // item * _target(entry.dtype).itemsize if item else 0


def _target(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return float32 for what float32 holds exactly by its type, else float64."""
    narrow = dtype.itemsize <= (4 if dtype.kind == "f" else 2)
    return np.dtype(np.float32 if narrow else np.float64)


def to_floats(array: NDArray[Any], borrowed: bool) -> NDArray[Any]:
    """Return native, C-contiguous float32 or float64 that does not share a file's memory."""
    target = _target(array.dtype)
    with np.errstate(invalid="ignore"):  # signalling NaN, refused by `check_finite`
        if borrowed:
            return np.array(array, dtype=target, order="C", copy=True)
        return np.require(array, dtype=target, requirements=["C", "A", "W"])


def conversion_notes(array: NDArray[Any], what: str) -> tuple[str, ...]:
    """Return a sentence for each conversion `to_floats` makes."""
    notes = []
    if array.dtype.kind != "f" or array.dtype.itemsize == 2:
        name, target = array.dtype.newbyteorder("=").name, _target(array.dtype).name
        notes.append(f"{what} were converted from {name} to {target}.")
    if not array.dtype.isnative:
        notes.append(f"{what} were stored big-endian and were converted.")
    if array.ndim == 2 and min(array.shape) > 1 and not array.flags.c_contiguous:
        notes.append(f"{what} were stored column by column (Fortran order) and were converted.")
    return tuple(notes)


def row_chunks(array: NDArray[Any]) -> Iterator[slice]:
    """Yield slices of rows of about a million numbers, to bound temporaries."""
    width = max(1, array.size // max(1, len(array)))
    step = max(1, _CHUNK // width)
    for start in range(0, len(array), step):
        yield slice(start, start + step)


def check_finite(array: NDArray[Any], what: str, columns: Sequence[str] | None = None) -> None:
    """Refuse NaN and infinities; the message has their number and the first position."""
    bad, at = 0, None
    for rows in row_chunks(array):
        finite = np.isfinite(array[rows])
        if finite.all():
            continue
        bad += int(finite.size - np.count_nonzero(finite))
        if at is None:
            inside = np.unravel_index(first(~finite), finite.shape)
            at = (rows.start + int(inside[0]), *(int(i) for i in inside[1:]))
    if at is not None:
        raise UploadError(
            f"{what} must be finite numbers: {bad:,} of {array.size:,} are not, the first is "
            f"{array[at]} at {cell(at, columns)}, counted from 0."
        )


def check_not_negative(array: NDArray[Any], what: str) -> None:
    """Refuse numbers below zero."""
    if (array < 0).any():
        at = first(array < 0)
        raise UploadError(
            f"{what} must be at least 0; got {array[at]} at {cell((at,))}, counted from 0."
        )


def check_shape(shape: tuple[int, ...], what: str, allowed: dict[str, int | None]) -> None:
    """Refuse a shape other than `allowed`: name and length of each axis, None for any."""
    lengths = list(allowed.values())
    fits = len(shape) == len(lengths) and all(
        (b is None and a > 0) or a == b for a, b in zip(shape, lengths, strict=True)
    )
    if not fits:
        axes = [f"{n:,} {name}" if n is not None else name for name, n in allowed.items()]
        raise UploadError(f"{what} must be {' x '.join(axes)}; got shape {shape_of(shape)}.")


def check_class_names(names: Sequence[str], num_classes: int, limits: Limits) -> tuple[str, ...]:
    """Return K different, non-empty class names, kept as plain text."""
    if len(names) != num_classes:
        raise UploadError(f"class_names must have {num_classes:,} entries; got {len(names):,}.")
    for k, name in enumerate(names):
        if not name or len(name) > limits.text:
            raise UploadError(
                f"class_names entry {k:,} must have 1 to {limits.text} characters; "
                f"got {len(name):,}."
            )
        if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
            raise UploadError(f"class_names entry {k:,} has control characters: {quoted(name)}.")
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twice = [n for n in names if n in seen or seen.add(n)]  # type: ignore[func-returns-value]
        raise UploadError(
            f"class_names must differ; {listed(quoted(n) for n in twice)} came twice."
        )
    return tuple(names)
