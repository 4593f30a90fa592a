"""Labels of the rows: numbers 0..K-1, or names of classes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Text, Values
from app.data.upload import UploadError
from app.data.whole import as_integers, as_text_or_array, text_as_numbers
from app.data.words import first, listed, quoted, shape_of


class Labels(NamedTuple):
    """Checked labels.

    Attributes
    ----------
    values : (N,) int64 array
        0..K-1.
    class_names : tuple of K str or None
        Those given, or those the labels themselves are.
    notes : tuple of str
    """

    values: NDArray[np.int64]
    class_names: tuple[str, ...] | None
    notes: tuple[str, ...]


def check_labels(
    values: Values, num_rows: int, num_classes: int, class_names: Sequence[str] | None = None
) -> Labels:
    """Return labels as integers 0..K-1.

    Text is looked up in `class_names`. Without class names, text that is no number stands for
    the classes in alphabetical order, but only if it has exactly K different values: with
    fewer, nobody could say which column belongs to which name.

    Parameters
    ----------
    values : (N,) array or Text
    num_rows, num_classes : int
        N and K of the logits.
    class_names : sequence of K str, optional

    Raises
    ------
    UploadError
        For another length, fractions, numbers out of range, unknown names.
    """
    names = tuple(class_names) if class_names is not None else None
    shape = values.codes.shape if isinstance(values, Text) else values.shape
    _check_length(shape, num_rows, num_classes)
    values = as_text_or_array(values, "the labels")
    if isinstance(values, Text):
        values = Text(values.codes.reshape(-1), values.names)
        if names is not None and set(values.names) <= set(names):
            return Labels(_looked_up(values, names), names, ())
        numbers = text_as_numbers(values)
        if numbers is None:
            return _by_name(values, num_classes, names)
        values = numbers
    whole = as_integers(values.reshape(-1), "the labels")
    _check_range(whole.values, num_classes)
    return Labels(whole.values, names, whole.notes)


def _check_length(shape: tuple[int, ...], num_rows: int, num_classes: int) -> None:
    if shape == (num_rows,) or shape == (num_rows, 1):
        return
    hint = ""
    if shape == (num_classes,) and num_classes != num_rows:
        hint = ", which is the number of classes, so the logits may be transposed"
    elif shape == (num_rows, num_classes):
        hint = ", which looks one-hot; save the class numbers"
    raise UploadError(
        f"the labels must have one entry for each of the {num_rows:,} rows; "
        f"got shape {shape_of(shape)}{hint}."
    )


def _check_range(labels: NDArray[np.int64], num_classes: int) -> None:
    bad = (labels < 0) | (labels >= num_classes)
    if not bad.any():
        return
    at = first(bad)
    hint = ""
    if labels.min() >= 1 and labels.max() == num_classes:
        hint = "; they seem to count from 1, so subtract 1"
    raise UploadError(
        f"the labels must be 0 to {num_classes - 1:,} for {num_classes:,} classes: "
        f"{np.count_nonzero(bad):,} are not, the first is {labels[at]} in row {at:,} "
        f"(counted from 0){hint}."
    )


def _looked_up(values: Text, names: Sequence[str]) -> NDArray[np.int64]:
    position = {name: k for k, name in enumerate(names)}
    table = np.array([position[name] for name in values.names], dtype=np.int64)
    return table[values.codes]


def _by_name(values: Text, num_classes: int, names: tuple[str, ...] | None) -> Labels:
    different = sorted({values.names[code] for code in np.unique(values.codes)})
    if "" in different:
        at = first(values.codes == values.names.index(""))
        raise UploadError(f"the label of row {at:,} (counted from 0) is missing.")
    if names is not None:
        unknown = [name for name in different if name not in set(names)]
        at = first(values.codes == values.names.index(unknown[0]))
        raise UploadError(
            f"label {quoted(unknown[0])} in row {at:,} (counted from 0) is not one of the class "
            f"names {listed(quoted(name, 20) for name in names)}."
        )
    if len(different) != num_classes:
        raise UploadError(
            f"the labels are {len(different):,} different texts for {num_classes:,} classes; "
            "give class_names, or labels as numbers from 0."
        )
    note = "Labels are names; classes were numbered in alphabetical order."
    return Labels(_looked_up(values, different), tuple(different), (note,))
