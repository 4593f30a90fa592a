"""Name the line and column at which a CSV block cannot be read; slow, run on one block only."""

import csv
import io
from collections.abc import Sequence

from app.data.columns import Layout
from app.data.formats.csv_head import Dialect, is_number
from app.data.upload import UploadError
from app.data.words import quoted


def explain(
    text: bytes, line: int, names: Sequence[str], layout: Layout, dialect: Dialect
) -> UploadError:
    """Return the error for the first fault in a block that starts at `line`."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + text.count(b"\n", 0, error.start)
        return UploadError(f"line {at:,} is not UTF-8 text: a byte is {text[error.start]:#04x}.")
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=dialect.delimiter, strict=True)
    at = line
    try:
        for cells in reader:
            if cells and (fault := _fault(cells, at, names, layout, dialect)) is not None:
                return fault
            at = line + reader.line_num
    except csv.Error:
        return UploadError(f"line {at:,}: a quote is not closed, or a cell is too long.")
    return UploadError(f"the lines from {line:,} on cannot be read as a table.")


def _fault(
    cells: Sequence[str], line: int, names: Sequence[str], layout: Layout, dialect: Dialect
) -> UploadError | None:
    if len(cells) != len(names):
        return UploadError(
            f"line {line:,} has {len(cells):,} cells; the first line {len(names):,}."
        )
    for i in layout.scores:
        if not is_number(cells[i], dialect.decimal) or not _is_finite(cells[i], dialect):
            return UploadError(
                f"line {line:,}, column {quoted(names[i], 30)}: "
                f"{quoted(cells[i], 30)} is not a finite decimal number."
            )
    return None


def _is_finite(cell: str, dialect: Dialect) -> bool:
    return abs(float(cell.replace(dialect.decimal, "."))) < float("inf")
