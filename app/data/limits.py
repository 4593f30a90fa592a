"""How much a file may ask for, in one place; every reader checks before it allocates."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds on what is read.

    Attributes
    ----------
    file_bytes : int
        Largest file.
    array_bytes : int
        All arrays of a file together, after unpacking and conversion.
    rows, classes, cells : int
        Largest N, K and N * K.
    arrays : int
        Arrays in one file.
    line_bytes : int
        Longest line of a CSV file.
    header_bytes : int
        Longest description of the arrays (safetensors header, pickle in a .pt file).
    footer_bytes : int
        Longest Parquet footer; 10,000 columns need about 2 MB a row group.
    text : int
        Longest class name, in characters.
    inflation : int
        Largest ratio of unpacked to packed bytes of a zip member above 16 MiB; scores as
        float64 of half-precision values stay below 20, a bomb of zeros reaches 1,000.
    apart : bool
        Whether tables are parsed in a process of their own (`app.data.apart`).
    """

    file_bytes: int = 400 * MEBIBYTE
    array_bytes: int = 800 * MEBIBYTE
    rows: int = 5_000_000
    classes: int = 10_000
    cells: int = 250_000_000
    arrays: int = 32
    line_bytes: int = MEBIBYTE
    header_bytes: int = MEBIBYTE
    footer_bytes: int = 4 * MEBIBYTE
    text: int = 200
    inflation: int = 200
    apart: bool = True


BROWSER = Limits()
"""For uploads: a file as large as ``server.maxUploadSize`` admits."""

COMMAND_LINE = Limits(
    file_bytes=8192 * MEBIBYTE,
    array_bytes=16384 * MEBIBYTE,
    rows=20_000_000,
    classes=25_000,
    footer_bytes=64 * MEBIBYTE,
    cells=2_000_000_000,
    apart=False,
)
"""For a path on the user's own machine."""
