"""What a reader found in a file before anything is known about its meaning."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.upload import UploadError


class Text(NamedTuple):
    """N strings of which few are different, such as class names, one a row.

    Attributes
    ----------
    codes : (N,) int64 array
        Positions in `names`.
    names : tuple of str
        The different strings.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]


Values = NDArray[Any] | Text


@dataclass(frozen=True)
class Entry:
    """One array of a file: what it declares, and how to load it.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy dtype
        What `load` returns; str for `Text`.
    load : callable
        Returns the values.
    borrowed : bool
        The loaded array shares the memory of the file, so that keeping it would keep the file.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[], Values]
    borrowed: bool = False

    @property
    def nbytes(self) -> int:
        """Declared size."""
        count = self.dtype.itemsize
        for length in self.shape:
            count *= length
        return count


@dataclass(frozen=True)
class Contents:
    """The arrays of a file by key.

    Attributes
    ----------
    entries : dict of Entry
    metadata : dict of str
    notes : tuple of str
    table : bool
        True if the rows were laid out by column names; the keys are then roles.
    """

    entries: dict[str, Entry]
    metadata: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    table: bool = False


def array_entry(array: NDArray[Any]) -> Entry:
    """Return an entry for an array already in memory."""
    return Entry(array.shape, array.dtype, lambda: array)


def text_entry(values: Text) -> Entry:
    """Return an entry for strings already in memory."""
    return Entry(values.codes.shape, np.dtype(str), lambda: values)


def encode(values: Sequence[str]) -> Text:
    """Return strings as positions in the tuple of different ones, in order of appearance."""
    positions: dict[str, int] = {}
    codes = [positions.setdefault(value, len(positions)) for value in values]
    return Text(np.array(codes, dtype=np.int64), tuple(positions))


@contextmanager
def damaged(what: str) -> Iterator[None]:
    """Turn whatever a library raises on bad bytes into one sentence.

    Libraries raise anything from MemoryError to struct.error on a damaged file, and their
    messages quote its bytes or advise to unpickle it, so that none of it is repeated.
    """
    try:
        yield
    except UploadError:
        raise
    except Exception as error:
        raise UploadError(f"{what} is damaged and cannot be read; export it again.") from error
