"""The first lines of a CSV file: separator, decimal mark, header, meaning of the columns."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from app.data.columns import Layout, check_column_count, lay_out
from app.data.keys import ALIASES, ambiguous, normal
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import size

_BOM = b"\xef\xbb\xbf"
_SAMPLE_LINES = 200
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_KNOWN = frozenset(ALIASES["labels"] + ALIASES["split"])


class Dialect(NamedTuple):
    """How cells are separated and what the decimal mark is."""

    delimiter: str
    decimal: str


@dataclass(frozen=True)
class Head:
    """What the first lines of a CSV file tell.

    Attributes
    ----------
    names : tuple of str
        Column names; "column 1", "column 2", ... if there is no header.
    layout : Layout
    dialect : Dialect
    start : int
        Byte at which the data begins.
    line : int
        Number of the line there, counting from 1.
    notes : tuple of str
    """

    names: tuple[str, ...]
    layout: Layout
    dialect: Dialect
    start: int
    line: int
    notes: tuple[str, ...]


def is_number(text: str, decimal: str = ".") -> bool:
    """Return whether a cell is a decimal number, ``1e5`` included, ``0x10`` and ``nan`` not."""
    if decimal == ",":
        text = text.replace(".", "x").replace(",", ".")
    return _NUMBER.fullmatch(text) is not None


def read_head(source: Source, limits: Limits, keys: Mapping[str, str | None] | None = None) -> Head:
    """Return the head of a CSV file, having looked at no more than its first megabyte."""
    start, line, first = _first_line(source, limits)
    sample = _sample(source, start + len(first.encode()), limits)
    delimiter = _delimiter(first)
    names = split_line(first, delimiter, line)
    check_column_count(len(names), limits)
    rows = [split_line(text, delimiter, None) for text in sample if text.strip()]
    dialect = Dialect(delimiter, _decimal([*rows, names]))
    notes = []
    if dialect != (",", "."):
        shown = {";": "semicolons", "\t": "tabs", ",": "commas"}[delimiter]
        mark = "commas" if dialect.decimal == "," else "points"
        notes.append(f"Cells are separated by {shown}, with decimal {mark}.")
    if _is_header(names, rows, dialect):
        layout = lay_out(names, limits, keys)
        start, line = start + len(first.encode()), line + 1
    else:
        layout, names, note = _headless([names, *rows], dialect, limits, keys)
        notes.append(note)
    if not layout.scores:
        raise UploadError("the table has no score columns; it needs one for each class.")
    return Head(tuple(names), layout, dialect, start, line, (*notes, *layout.notes))


def _first_line(source: Source, limits: Limits) -> tuple[int, int, str]:
    """Start, number and text (with its line end) of the first line that is not blank."""
    data = source.data
    start, line = (len(_BOM), 1) if data[:3] == _BOM else (0, 1)
    while True:
        stop = data.find(b"\n", start, start + limits.line_bytes) + 1
        if stop == 0:
            if len(data) - start > limits.line_bytes:
                raise UploadError(
                    f"line {line} is longer than {size(limits.line_bytes)}, "
                    f"so there are more columns than the {limits.classes:,} classes allowed."
                )
            stop = len(data)
        text = _decoded(data[start:stop], line)
        if text.strip():
            return start, line, text
        if stop == len(data) or line >= 100:
            raise UploadError("the table is empty.")
        start, line = stop, line + 1


def _decoded(raw: bytes, line: int) -> str:
    if b"\0" in raw:
        raise UploadError(f"line {line} holds a NUL byte, so this is not a text table.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UploadError(
            f"line {line} is not UTF-8 text: byte {error.start} is {raw[error.start]:#04x}."
        ) from error
    if "\r" in text.rstrip("\r\n"):
        raise UploadError("lines end in bare carriage returns; save the table as 'CSV UTF-8'.")
    return text


def _sample(source: Source, start: int, limits: Limits) -> list[str]:
    """Some whole lines from `start`, without what cannot be decoded (found out later)."""
    raw = source.data[start : start + limits.line_bytes]
    lines = raw.decode("utf-8", errors="replace").splitlines()
    whole = lines if start + len(raw) == len(source) or len(lines) < 2 else lines[:-1]
    return list(islice(whole, _SAMPLE_LINES))


def _delimiter(line: str) -> str:
    """The separator that occurs most; a semicolon or tab wins over decimal commas."""
    for candidate in (";", "\t"):
        if candidate in line:
            return candidate
    return ","


def split_line(text: str, delimiter: str, line: int | None) -> list[str]:
    """Return the cells of one line; for a line of the sample (no number) faults are left."""
    try:
        return next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter, strict=line is not None))
    except (csv.Error, StopIteration) as error:
        if line is None:
            return []
        raise UploadError(f"line {line}: a quote is not closed, or a cell is too long.") from error


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    cells = [cell for row in rows[:20] for cell in row]
    return "," if any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells) else "."


def _is_header(names: Sequence[str], rows: Sequence[Sequence[str]], dialect: Dialect) -> bool:
    if any(normal(name) in _KNOWN for name in names):
        return True
    numbers = [is_number(name, dialect.decimal) for name in names]
    if all(numbers):
        # What pandas writes for columns without names.
        return len(names) > 1 and [n.strip() for n in names] == [str(k) for k in range(len(names))]
    # A row of scores with a class name at one end is not a header.
    inner = numbers[1:] if not numbers[0] else numbers[:-1]
    return not (len(inner) > 1 and all(inner) and _same_kind(names, rows, dialect))


def _same_kind(names: Sequence[str], rows: Sequence[Sequence[str]], dialect: Dialect) -> bool:
    """Whether the next line has text in the same places as the first."""
    if not rows:
        return True
    here = [is_number(cell, dialect.decimal) for cell in names]
    return here == [is_number(cell, dialect.decimal) for cell in rows[0]]


def _headless(
    rows: Sequence[Sequence[str]],
    dialect: Dialect,
    limits: Limits,
    keys: Mapping[str, str | None] | None,
) -> tuple[Layout, list[str], str]:
    names = [f"column {i + 1}" for i in range(len(rows[0]))]
    if "labels" in (keys or {}):
        layout = lay_out(names, limits, keys)
    else:
        guess = _label_column([row for row in rows if len(row) == len(names)], names, dialect)
        layout = lay_out(names, limits, {"labels": guess})
    where = "none" if layout.labels is None else f"in {names[layout.labels]}"
    note = f"No header was found; labels: {where}."
    return Layout(layout.scores, layout.labels, None, None, ()), names, note


def _label_column(
    rows: Sequence[Sequence[str]], names: Sequence[str], dialect: Dialect
) -> str | None:
    """The first or last column if only one of them looks like labels."""
    if len(names) < 3:
        return None
    ends = [i for i in (0, len(names) - 1) if _looks_like_labels([r[i] for r in rows], dialect)]
    if len(ends) == 2:
        raise ambiguous("labels", (names[i] for i in ends))
    return names[ends[0]] if ends else None


def _looks_like_labels(cells: Sequence[str], dialect: Dialect) -> bool:
    return all(c.strip().isdigit() or not is_number(c, dialect.decimal) for c in cells)
