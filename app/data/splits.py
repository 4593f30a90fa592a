"""Which rows tune the parameter and which judge it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Text, Values
from app.data.upload import UploadError
from app.data.whole import as_integers, as_text_or_array, text_as_numbers
from app.data.words import quoted, shape_of

_MEANING = dict.fromkeys(("tune", "val", "valid", "validation", "dev"), "tune")
_MEANING |= dict.fromkeys(("judge", "test", "testing", "eval"), "judge")
_MEANING |= dict.fromkeys(("train", "training"), "train")
_NUMBERS = np.array(["tune", "judge"])


def check_split(values: Values, num_rows: int) -> NDArray[np.str_]:
    """Return "tune", "judge" or "train" for each row.

    Text is understood by its usual names (val, valid, validation, dev, tune; test, testing,
    eval, judge; train, training); integers are 0 for tune and 1 for judge.

    Raises
    ------
    UploadError
        For another length or other values.
    """
    shape = values.codes.shape if isinstance(values, Text) else values.shape
    if shape != (num_rows,):
        raise UploadError(
            f"the split must have one entry for each of the {num_rows:,} rows; "
            f"got shape {shape_of(shape)}."
        )
    values = as_text_or_array(values, "the split")
    if isinstance(values, Text):
        numbers = text_as_numbers(values)
        if numbers is None:
            return np.array([_meaning(name) for name in values.names])[values.codes]
        values = numbers
    return _numbered(values)


def _meaning(name: str) -> str:
    meaning = _MEANING.get(name.strip().lower())
    if meaning is None:
        raise UploadError(
            f"the split must say tune (or val, dev), judge (or test) or train; got {quoted(name)}."
        )
    return meaning


def _numbered(values: NDArray[Any]) -> NDArray[np.str_]:
    whole = as_integers(values, "the split").values
    bad = np.flatnonzero((whole != 0) & (whole != 1))
    if len(bad):
        raise UploadError(
            "the split must be 0 (tune) or 1 (judge) where it is a number; "
            f"row {bad[0]:,} (counted from 0) has {whole[bad[0]]}."
        )
    return _NUMBERS[whole]
