"""Checks of features and their labels: form before they are loaded, values after."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.data.checks import check_finite, check_number_type, row_chunks
from app.data.contents import Entry, Text
from app.data.feature_keys import PARTS
from app.data.limits import Limits
from app.data.upload import UploadError
from app.data.words import first, quoted, shape_of, size

MOST_COLUMNS = 16_384
LARGEST_FEATURE = 1e6
"""Squared norms of 16,384 such values stay far below the largest float32."""

_ADVICE = (
    "keep fewer rows of the large classes, or fewer columns (say, the first 256 principal "
    "components of the training features)"
)


def check_feature_forms(entries: Mapping[str, Entry], limits: Limits) -> None:
    """Refuse what cannot be features by declared shapes and dtypes.

    Parameters
    ----------
    entries : mapping of Entry
        By what the message calls them.

    Raises
    ------
    UploadError
        If an array is not 2-D numbers, widths differ, or all of them as float32 would take
        more than ``limits.array_bytes``.
    """
    for what, entry in entries.items():
        check_number_type(entry, what)
        if len(entry.shape) != 2 or 0 in entry.shape:
            raise UploadError(
                f"{what} must be a 2-D array, rows x d; got shape {shape_of(entry.shape)}."
            )
        for name, count, most in (
            ("rows", entry.shape[0], limits.rows),
            ("columns", entry.shape[1], MOST_COLUMNS),
        ):
            if count > most:
                raise UploadError(
                    f"{what} are {shape_of(entry.shape)}; at most {most:,} {name} are allowed: "
                    f"{_ADVICE}."
                )
    _check_memory(entries, limits)
    widths = {what: entry.shape[1] for what, entry in entries.items()}
    if len(set(widths.values())) > 1:
        shown = ", ".join(f"{what} {d:,}" for what, d in widths.items())
        raise UploadError(f"all features must have one width d; got {shown}.")


def _check_memory(entries: Mapping[str, Entry], limits: Limits) -> None:
    taken = {what: 4 * entry.shape[0] * entry.shape[1] for what, entry in entries.items()}
    total = sum(taken.values())
    if total > limits.array_bytes:
        largest = max(taken, key=lambda what: taken[what])
        raise UploadError(
            f"{largest} are {shape_of(entries[largest].shape)} and all features take "
            f"{size(total)} as float32; at most {size(limits.array_bytes)} is allowed: {_ADVICE}."
        )


def to_features(entry: Entry, what: str) -> NDArray[np.float32]:
    """Load an array as finite float32 of bounded size that shares no file's memory."""
    values = entry.load()
    if isinstance(values, Text):
        raise UploadError(f"{what} must be numbers; got text.")
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        array = np.array(values, dtype=np.float32, order="C")
    check_finite(array, what)
    for rows in row_chunks(array):
        large = np.abs(array[rows]) > LARGEST_FEATURE
        if large.any():
            raise UploadError(
                f"{what} must be between -{LARGEST_FEATURE:,.0f} and {LARGEST_FEATURE:,.0f}; "
                f"got {array[rows][large][0]:g}: divide all of them by a constant."
            )
    return array


def constant_columns_note(features: NDArray[np.float32]) -> tuple[str, ...]:
    """Say how many columns of the training features are constant.

    Raises
    ------
    UploadError
        If all of them are.
    """
    constant = features.min(axis=0) == features.max(axis=0)
    count, width = int(np.count_nonzero(constant)), features.shape[1]
    if count == width:
        raise UploadError(
            f"all {width:,} columns of the training features are constant, so that nothing can "
            "be learned from them; export the values before the last layer."
        )
    if count == 0:
        return ()
    return (
        f"{count:,} of {width:,} columns of the training features are constant, the first is "
        f"column {first(constant):,} (counted from 0); they were kept, but carry no information.",
    )


def check_classes(
    labels: Mapping[str, NDArray[np.int64]],
    num_classes: int,
    class_names: Sequence[str] | None,
) -> NDArray[np.int64]:
    """Return the training rows of each class, (K,), if every part has rows of every class.

    Parameters
    ----------
    labels : mapping of (N,) int64 arrays
        0..K-1, by part: "train", "test" and perhaps "val".
    num_classes : int
        K.

    Raises
    ------
    UploadError
        If there is one class only, or a class has no row in a part.
    """
    if num_classes < 2:
        raise UploadError(f"the labels need at least 2 classes; got {num_classes:,}.")
    counts = {part: np.bincount(y, minlength=num_classes) for part, y in labels.items()}
    for part, found in counts.items():
        if (found == 0).any():
            at = first(found == 0)
            name = "" if class_names is None else f" ({quoted(class_names[at], 30)})"
            hint = "" if at or min(y.min() for y in labels.values()) < 1 else _FROM_ONE
            raise UploadError(
                f"every class needs a row of each part: {np.count_nonzero(found == 0):,} of "
                f"{num_classes:,} classes have no {PARTS[part]} row, the first is class "
                f"{at:,}{name}, counted from 0{hint or _WHAT_TO_DO[part]}."
            )
    return counts["train"]


_FROM_ONE = "; labels seem to count from 1, so subtract 1"
_WHAT_TO_DO = {
    "train": "; remove the class from the other rows and number the rest anew",
    "test": ", so that its recall cannot be measured; add rows, or remove the class everywhere",
    "val": "; add rows, or leave out the validation rows and choose nothing on them",
}
