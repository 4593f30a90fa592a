"""A second file beside the logits: labels, or class counts."""

import csv
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Contents, Text, Values, encode
from app.data.counts import check_counts, parse_counts
from app.data.formats.open import detect, read_contents
from app.data.keys import ALIASES, ambiguous, choose_role, normal
from app.data.limits import BROWSER, MEBIBYTE, Limits
from app.data.naming import naming
from app.data.source import FileLike, Source, open_source
from app.data.upload import UploadError
from app.data.words import size

_LARGEST_TEXT = 64 * MEBIBYTE


def read_label_values(file: FileLike, limits: Limits, key: str | None = None) -> Values:
    """Return the labels of a file that holds labels: an array, or a column of text.

    A text file has one label a line, with or without a header, or a column named label.
    """
    source = open_source(file, limits)
    if detect(source, limits) == "csv":
        return _label_column(_text(source), limits, key)
    return _one_array(source, limits, "labels", key)


def read_counts(
    file: FileLike,
    name: str,
    num_classes: int,
    class_names: Sequence[str] | None = None,
    *,
    limits: Limits = BROWSER,
) -> NDArray[np.int64]:
    """Return (K,) class counts from a file of their own.

    Parameters
    ----------
    file : binary file or path
        An array of any format with K numbers, or text as `parse_counts` takes it.
    name : str
        Shown in messages.
    num_classes : int
        K.
    class_names : sequence of K str, optional
        For text with lines ``name, count``.

    Raises
    ------
    UploadError
    """
    with naming(name):
        source = open_source(file, limits)
        if detect(source, limits) == "csv":
            return parse_counts(_text(source), num_classes, class_names)
        return check_counts(_one_array(source, limits, "class_counts", None), num_classes)


def _one_array(source: Source, limits: Limits, role: str, key: str | None) -> Values:
    contents, found = _arrays(source, limits)
    entries = contents.entries
    chosen = choose_role(role, entries, key)
    if chosen is None:
        free = [k for k, e in entries.items() if len(e.shape) == 1]
        if len(free) > 1:
            raise ambiguous(role, free)
        if not free:
            raise UploadError(f"no 1-D array that could be the {role} is in this {found} file.")
        chosen = free[0]
    entry = entries[chosen]
    if entry.nbytes > limits.array_bytes:
        raise UploadError(f"the {role} may take {size(limits.array_bytes)} at most.")
    values = entry.load()
    return values.copy() if entry.borrowed and not isinstance(values, Text) else values


def _arrays(source: Source, limits: Limits) -> tuple[Contents, str]:
    if detect(source, limits) == "parquet":
        raise UploadError(
            "a Parquet file is read only if it holds the logits too; "
            "use .npy, .npz, .safetensors, .pt, .csv or .txt here."
        )
    return read_contents(source, limits)


def _text(source: Source) -> str:
    if len(source) > _LARGEST_TEXT:
        raise UploadError(f"a text file here may have {size(_LARGEST_TEXT)}; use .npy instead.")
    raw = source.bytes()
    if (at := raw.find(b"\0")) >= 0:
        raise UploadError(f"line {raw.count(bytes([10]), 0, at) + 1:,} holds a NUL byte.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UploadError(f"line {line:,} is not UTF-8 text.") from error


def _label_column(text: str, limits: Limits, key: str | None) -> Text:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise UploadError("the file is empty.")
    if len(lines) > limits.rows + 1:
        raise UploadError(f"there are {len(lines):,} lines; at most {limits.rows:,} are allowed.")
    rows = _rows(lines, limits)
    column, has_header = _which(rows[0], key)
    cells = [row[column].strip() for row in rows[has_header:]]
    return encode(cells)


def _rows(lines: list[str], limits: Limits) -> list[list[str]]:
    delimiter = next((d for d in ";\t," if d in lines[0]), ",")
    width, rows = None, []
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for number, row in enumerate(reader, 1):
            width = len(row) if width is None else width
            if len(row) != width or width > limits.classes:
                raise UploadError(f"line {number:,} has {len(row):,} cells; the first {width:,}.")
            if any(len(cell) > limits.text for cell in row):
                raise UploadError(f"line {number:,} has a label over {limits.text} characters.")
            rows.append(row)
    except csv.Error as error:
        raise UploadError("a quote is not closed, or a cell is too long.") from error
    return rows


def _which(head: Sequence[str], key: str | None) -> tuple[int, int]:
    """Position of the labels in a row, and 1 if the first line is a header."""
    names = [normal(cell) for cell in head]
    found = [i for i, name in enumerate(names) if name in ALIASES["labels"]]
    if key is not None:
        if key not in head:
            raise UploadError("the chosen column of labels is not there.")
        return list(head).index(key), 1
    if len(found) == 1:
        return found[0], 1
    if len(head) == 1:
        return 0, 0
    raise UploadError(
        f"one column named label, or a single column, is needed; got {len(head):,} columns."
    )
