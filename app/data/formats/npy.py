"""NumPy's .npy: the header is checked against the bytes stored before anything is allocated."""

import io
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from app.data.contents import Contents, Entry
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import shape_of

LARGEST_HEADER = 10_000
PREFIX = LARGEST_HEADER + 12
"""Bytes that hold every header we accept."""


class Header(NamedTuple):
    """What an .npy header declares, and where its data starts."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """Declared size of the data."""
        return prod(self.shape) * self.dtype.itemsize


def read_npy(source: Source, limits: Limits) -> Contents:
    """Return the one array of an .npy file, under the key "array"."""
    header = parse_header(bytes(source.view[:PREFIX]), len(source))
    return Contents({"array": _entry(header, source)})


def _entry(header: Header, source: Source) -> Entry:
    def load() -> NDArray[Any]:
        return shaped(source.view[header.offset :], header)

    return Entry(header.shape, header.dtype, load, borrowed=True)


def shaped(data: Any, header: Header) -> NDArray[Any]:
    """Return a buffer as the array its header describes, without a copy."""
    if header.nbytes == 0:
        return np.empty(header.shape, header.dtype)
    order = "F" if header.fortran else "C"
    return np.frombuffer(data, header.dtype).reshape(header.shape, order=order)  # type: ignore[call-overload, no-any-return]


def parse_header(prefix: bytes, total: int, what: str = "the array") -> Header:
    """Return the checked header of an .npy file of `total` bytes that begins with `prefix`.

    Raises
    ------
    UploadError
        If it is damaged, describes objects or records, or declares another size than is stored.
    """
    length = _header_length(prefix, what)
    shape, fortran, dtype, offset = _parse(prefix, length, what)
    _check_dtype(dtype, what)
    if len(shape) > 32 or any(n < 0 for n in shape):
        raise UploadError(f"{what} declares an impossible shape.")
    header = Header(shape, dtype, fortran, offset)
    _check_size(header, total, what)
    return header


def _header_length(prefix: bytes, what: str) -> int:
    """Length of the text after magic and version, before it is read or evaluated."""
    if len(prefix) < 12 or not prefix.startswith(b"\x93NUMPY"):
        raise UploadError(f"{what} is not a NumPy array.")
    if prefix[6] not in (1, 2, 3):
        raise UploadError(f"{what} has an unknown .npy version; export it again.")
    length = int.from_bytes(prefix[8 : 10 if prefix[6] == 1 else 12], "little")
    if length > LARGEST_HEADER:
        raise UploadError(
            f"{what} has a header of {length:,} bytes; at most {LARGEST_HEADER:,} are allowed."
        )
    return length


def _parse(
    prefix: bytes, length: int, what: str
) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    # NumPy has no public reader for version 3; it differs from 2 in the encoding of the names
    # of record fields only, and records are refused.
    stream = io.BytesIO(prefix[: length + 12])
    try:
        version = npy_format.read_magic(stream)
        read = (
            npy_format.read_array_header_1_0
            if version[0] == 1
            else npy_format.read_array_header_2_0
        )
        shape, fortran, dtype = read(stream, max_header_size=LARGEST_HEADER)
    except Exception as error:
        # ast.literal_eval raises SyntaxError, RecursionError, MemoryError and others.
        raise UploadError(f"{what} has a damaged .npy header; export it again.") from error
    return tuple(int(n) for n in shape), fortran, dtype, stream.tell()


def _check_dtype(dtype: np.dtype[Any], what: str) -> None:
    if dtype.hasobject:
        raise UploadError(f"{what} holds Python objects; object arrays are not accepted.")
    if dtype.kind not in "biufcSUmM":
        raise UploadError(f"{what} holds records; a plain array of numbers is needed.")


def _check_size(header: Header, total: int, what: str) -> None:
    stored = total - header.offset
    if stored < header.nbytes:
        count = stored // max(header.dtype.itemsize, 1)
        raise UploadError(
            f"{what} is cut: it declares {shape_of(header.shape)} values and holds {count:,}."
        )
    if stored > header.nbytes:
        extra = stored - header.nbytes
        raise UploadError(f"{what} is followed by {extra:,} bytes that do not belong to it.")
