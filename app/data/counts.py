"""Training samples of each class: checked, typed in, pasted, or from a file."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Text, Values
from app.data.upload import UploadError
from app.data.whole import as_integers, as_text_or_array, text_as_numbers
from app.data.words import first, plain, quoted, shape_of

LARGEST_COUNT = 10**12
_LONGEST_TEXT = 4_000_000
_LETTER = re.compile(r"[^\W\d_]")
_WHOLE = re.compile(r"[+]?\d{1,15}(\.0*)?", re.ASCII)


def check_counts(values: Values, num_classes: int) -> NDArray[np.int64]:
    """Return (K,) int64 counts, all from 1 to 10**12.

    Raises
    ------
    UploadError
        For another length, fractions, text, zero, negative or absurd counts.
    """
    values = as_text_or_array(values, "the class counts")
    if isinstance(values, Text):
        numbers = text_as_numbers(values)
        if numbers is None:
            raise UploadError(
                f"the class counts must be whole numbers; got {quoted(values.names[0])}."
            )
        values = numbers
    if values.shape not in ((num_classes,), (num_classes, 1), (1, num_classes)):
        raise UploadError(
            f"the class counts must have one entry for each of the {num_classes:,} classes; "
            f"got {shape_of(values.shape)}."
        )
    return _in_range(as_integers(values.reshape(-1), "the class counts").values)


def _in_range(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    bad = (counts < 1) | (counts > LARGEST_COUNT)
    if bad.any():
        at = first(bad)
        why = ", because adjustment divides by them" if counts[at] == 0 else ""
        raise UploadError(
            f"the class counts must be 1 to {LARGEST_COUNT:,}{why}; class {at:,} "
            f"(counted from 0) has {counts[at]}."
        )
    return counts


def parse_counts(
    text: str, num_classes: int, class_names: Sequence[str] | None = None
) -> NDArray[np.int64]:
    """Return class counts that were typed or pasted.

    Numbers are separated by commas, semicolons, spaces, tabs or line breaks, in the order of the
    classes; or each line is ``name, count``. Lines with names are put in the order of
    `class_names` if that is given, and otherwise taken in their own order.

    Parameters
    ----------
    text : str
    num_classes : int
        K.
    class_names : sequence of K str, optional

    Returns
    -------
    (K,) int64 array

    Raises
    ------
    UploadError
        For too much text, no whole numbers, another length than K, counts below 1, or names
        that are repeated, missing or unknown.
    """
    if len(text) > _LONGEST_TEXT:
        raise UploadError(
            f"the class counts may have {_LONGEST_TEXT:,} characters; got {len(text):,}."
        )
    text = text.removeprefix("\N{BYTE ORDER MARK}").strip()
    if not text:
        raise UploadError(f"no class counts were given; {num_classes:,} numbers are needed.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and _named(lines[-1]) and any(map(_LETTER.search, lines)):
        return _named_counts(lines, num_classes, class_names)
    cells = [c for c in re.split(r"[\s,;\[\](){}]+", text) if c]
    return _counts(cells, num_classes)


def _named(line: str) -> tuple[str, str] | None:
    """Return name and count of a line ``name, count``; the count follows the last separator."""
    match = re.fullmatch(r"(.*\S)\s*[,;:\t=]\s*([^,;:\t=]*)", line)
    return (match[1].strip().strip('"').strip(), match[2].strip().strip('"')) if match else None


def _named_counts(
    lines: list[str], num_classes: int, class_names: Sequence[str] | None
) -> NDArray[np.int64]:
    pairs: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        named = _named(line)
        if named is None:
            raise UploadError(f"line {number:,} must be 'name, count'; got {quoted(line)}.")
        if number == 1 and len(lines) == num_classes + 1 and not _WHOLE.fullmatch(named[1]):
            continue  # a header
        if named[0] in pairs:
            raise UploadError(f"line {number:,} repeats the class {quoted(named[0])}.")
        pairs[named[0]] = named[1]
    if class_names is not None and len(pairs) == num_classes:
        missing = next((name for name in class_names if name not in pairs), None)
        if missing is not None:
            raise UploadError(f"the class counts lack a line for class {quoted(missing)}.")
        return _counts([pairs[name] for name in class_names], num_classes)
    return _counts(list(pairs.values()), num_classes)


def _counts(cells: list[str], num_classes: int) -> NDArray[np.int64]:
    bad = next((i for i, c in enumerate(cells) if not _WHOLE.fullmatch(c)), None)
    if bad is not None and re.fullmatch(r"-\d{1,15}", cells[bad]) is None:
        raise UploadError(
            f"the class counts must be whole numbers; entry {bad + 1:,} is {quoted(cells[bad])}."
        )
    if len(cells) != num_classes:
        raise UploadError(
            f"the class counts must be {num_classes:,} numbers, one for each class; "
            f"got {len(cells):,}."
        )
    numbers: list[Any] = [int(plain(c.partition(".")[0])) for c in cells]
    return _in_range(np.array(numbers, dtype=np.int64))
