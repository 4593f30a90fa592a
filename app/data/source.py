"""The bytes of a file, without a copy where that is possible."""

import io
import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.data.limits import MEBIBYTE, Limits
from app.data.upload import UploadError
from app.data.words import size

FileLike = BinaryIO | str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class Source:
    """A file of bounded size held in memory or mapped from disk.

    Attributes
    ----------
    data : bytes or mmap
        The whole content; both know ``find``, ``rfind`` and slices.
    """

    data: bytes | mmap.mmap

    def __len__(self) -> int:
        return len(self.data)

    @property
    def view(self) -> memoryview:
        """The content as a buffer that is not copied."""
        return memoryview(self.data)

    def stream(self) -> "BoundedReader":
        """Return the content as a seekable binary file."""
        return BoundedReader(self.view)

    def bytes(self) -> bytes:
        """Return the content as bytes; a copy only if it is mapped from disk."""
        if isinstance(self.data, bytes):
            return self.data
        copy = self.data[:]
        self.forget()
        return copy

    def forget(self) -> None:
        """Give back the memory of a mapped file after all of it was copied; it stays readable."""
        if isinstance(self.data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED)


class BoundedReader(io.RawIOBase):
    """A binary file over a buffer that refuses large single reads.

    A zip file's central directory is read in one go, and one entry costs Python a kilobyte, so
    that a file of 400 MB of empty entries would take gigabytes before anybody could count them.
    """

    LARGEST_READ = 2 * MEBIBYTE

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._at = 0

    def readable(self) -> bool:  # noqa: D102
        return True

    def seekable(self) -> bool:  # noqa: D102
        return True

    def tell(self) -> int:  # noqa: D102
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: D102
        start = (0, self._at, len(self._view))[whence]
        if start + offset < 0:
            raise OSError("seek before the start")  # what zipfile expects of a file
        self._at = start + offset
        return self._at

    def read(self, count: int | None = -1, /) -> bytes:  # noqa: D102
        left = max(len(self._view) - self._at, 0)
        count = left if count is None or count < 0 else min(count, left)
        if count > self.LARGEST_READ:
            raise UploadError("the archive's list of members is too long.")
        start, self._at = self._at, self._at + count
        return bytes(self._view[start : self._at])


def open_source(file: FileLike, limits: Limits) -> Source:
    """Return the content of a file, from its start.

    Parameters
    ----------
    file : binary file or path
        An `io.BytesIO` (Streamlit's uploads are such) is not copied; a path is mapped.
    limits : Limits

    Raises
    ------
    UploadError
        If it is empty, larger than ``limits.file_bytes``, or cannot be opened.
    """
    if isinstance(file, io.BytesIO):
        # getvalue() shares the bytes; getbuffer() would copy what the upload record holds too.
        content = file.getvalue()
        return _sized(len(content), limits, lambda: content)
    if isinstance(file, (str, os.PathLike)):
        return _open_path(Path(file), limits)
    content = file.read(limits.file_bytes + 1)
    return _sized(len(content), limits, lambda: content)


def _open_path(path: Path, limits: Limits) -> Source:
    if not path.is_file():
        raise UploadError("there is no such file.")
    try:
        with path.open("rb") as file:
            number = file.fileno()
            return _sized(os.fstat(number).st_size, limits, lambda: _mapped(number))
    except OSError as error:
        raise UploadError(f"the file cannot be opened ({error.strerror}).") from error


def _mapped(number: int) -> mmap.mmap:
    return mmap.mmap(number, 0, access=mmap.ACCESS_READ)


def _sized(count: int, limits: Limits, load: Callable[[], Any]) -> Source:
    if count == 0:
        raise UploadError("the file is empty.")
    if count > limits.file_bytes:
        raise UploadError(
            f"the file is too large: at most {size(limits.file_bytes)}, got {size(count)}."
        )
    return Source(load())
