"""Reading the idx files that MNIST-like data sets come in."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

_DTYPES = {0x08: np.dtype(np.uint8)}


@dataclass(frozen=True, eq=False)
class ImageData:
    """A labelled image data set with its official split.

    Attributes
    ----------
    train_images, test_images : (N, height, width) uint8 arrays
    train_labels, test_labels : (N,) int64 arrays
        0..K-1.
    class_names : tuple of K str
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one gzipped idx file of unsigned bytes.

    The header is two zero bytes, a type code, the number of axes, then each axis as a big-endian
    32-bit integer.

    Raises
    ------
    UserError
        If the file is not a gzipped idx file of unsigned bytes, or has another length than it
        declares.
    """
    try:
        raw = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{path.name} must be a gzip file, got: {error}.") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _DTYPES:
        raise UserError(f"{path.name} must be an idx file of unsigned bytes, got {raw[:4]!r}.")
    start = 4 + 4 * raw[3]
    shape = tuple(int(n) for n in np.frombuffer(raw[4:start], ">u4"))
    values = np.frombuffer(raw[start:], _DTYPES[raw[2]])
    if values.size != int(np.prod(shape)):
        raise UserError(f"{path.name} declares shape {shape}, got {values.size} values.")
    return values.reshape(shape)
