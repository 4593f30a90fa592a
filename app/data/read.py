"""From a file to checked logits, labels and what else it holds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.admission import admitted, held
from app.data.checks import (
    check_class_names,
    check_finite,
    check_logits_form,
    check_not_negative,
    check_number_type,
    check_shape,
    check_total,
    conversion_notes,
    to_floats,
)
from app.data.contents import Entry, Text, Values
from app.data.counts import check_counts
from app.data.formats.open import read_contents
from app.data.keys import ALIASES, choose_keys, normal
from app.data.labels import check_labels
from app.data.limits import BROWSER, Limits
from app.data.naming import naming, shown_name
from app.data.second import read_label_values
from app.data.sniff import name_note
from app.data.source import FileLike, open_source
from app.data.splits import check_split
from app.data.upload import Upload, UploadError
from app.data.whole import as_text_or_array
from app.data.words import quoted

# What the readers call the one array of a file that has no names.
_ALONE = ("array", "tensor")
Entries = Mapping[str, Entry]


def read_upload(
    file: FileLike,
    name: str,
    *,
    labels_file: FileLike | None = None,
    labels_name: str | None = None,
    keys: Mapping[str, str | None] | None = None,
    limits: Limits = BROWSER,
) -> Upload:
    """Read logits and what comes with them, or say in one sentence why not.

    The format is found by the content: .npz, .npy (one array), .safetensors, .csv, .parquet, or
    .pt (a tensor or a dict of tensors). Nothing is unpickled or run, and no array is allocated
    before its declared size was compared with what is stored and with `limits`. Arrays are found
    by their usual names without regard to case (`app.data.keys.ALIASES`); CSV and Parquet have
    one row a sample, one column of scores a class, and a column named label.

    Rows whose split says "train" are dropped, because a parameter tuned on training rows is
    worthless; a note says so.

    Parameters
    ----------
    file : binary file or path
        Read from its start; neither closed nor changed.
    name : str
        Shown in messages; never used as a path.
    labels_file : binary file or path, optional
        Labels from a second file (.npy, .npz, .safetensors, .pt, or text with one label a line
        or a column named label); they replace labels in the first.
    labels_name : str, optional
        Shown in messages about the second file.
    keys : mapping of role to key, optional
        Which array (of a table: which column is "labels" or "split") plays a role; None says
        that none does. The answer to `AmbiguousKeys`. With a second file, "labels" is about it.
    limits : Limits
        `BROWSER` or `COMMAND_LINE`.

    Returns
    -------
    Upload

    Raises
    ------
    AmbiguousKeys
        If several arrays could play one role.
    UploadError
        For everything else that keeps the file from being used; the message begins with `name`.
    """
    keys = dict(keys or {})
    second_key = keys.pop("labels", None) if labels_file is not None else None
    with naming(name), admitted(file, limits):
        entries, upload = _read_first(file, name, keys, labels_file is not None, limits)
    if labels_file is None:
        with naming(name):
            upload = _without_training_rows(_with_labels(upload, _load(entries, "labels")))
    else:
        with naming(labels_name or "the labels file"):
            upload = _with_labels(upload, read_label_values(labels_file, limits, second_key))
        with naming(name):
            upload = _without_training_rows(upload)
    held([upload.logits, upload.features], limits)
    return upload


def _read_first(
    file: FileLike, name: str, keys: Mapping[str, str | None], without_labels: bool, limits: Limits
) -> tuple[Entries, Upload]:
    """Return the arrays of the main file by role, and all but the labels checked."""
    contents, found = read_contents(open_source(file, limits), limits, keys)
    # The columns of a table have their roles already.
    asked = {} if contents.table else {**keys, **({"labels": None} if without_labels else {})}
    chosen = choose_keys(contents.entries, asked)
    entries = {role: contents.entries[key] for role, key in chosen.items()}
    check_logits_form(entries["logits"], limits)
    check_total(list(entries.values()), limits)
    note = name_note(name, found)
    logits, notes = _numbers(entries["logits"], "The logits")
    guess = () if contents.table else _guess_notes(chosen)
    upload = Upload(
        name=shown_name(name),
        logits=logits,
        notes=(*([note] if note else ()), *contents.notes, *guess, *notes),
        metadata=contents.metadata,
        format=found,
    )
    return entries, _with_rest(upload, entries, limits)


def _guess_notes(chosen: Mapping[str, str]) -> tuple[str, ...]:
    odd = {r: k for r, k in chosen.items() if normal(k) not in ALIASES[r] and k not in _ALONE}
    return tuple(f"{quoted(key)} was read as the {role}." for role, key in odd.items())


def _load(entries: Entries, role: str) -> Values | None:
    return entries[role].load() if role in entries else None


def _numbers(entry: Entry, what: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    array = entry.load()
    if isinstance(array, Text):
        raise UploadError(f"{what.lower()} must be numbers; got text.")
    return to_floats(array, entry.borrowed), conversion_notes(array, what)


def _with_rest(upload: Upload, entries: Entries, limits: Limits) -> Upload:
    """Add class names, counts, split and the classifier's arrays, checked."""
    num_rows, num_classes = upload.logits.shape
    names = _names(entries, num_classes, limits)
    check_finite(upload.logits, "the logits", names)
    counts, split = _load(entries, "class_counts"), _load(entries, "split")
    return replace(
        upload,
        class_names=names,
        class_counts=None if counts is None else check_counts(counts, num_classes),
        split=None if split is None else check_split(split, num_rows),
        **_matrices(entries, num_rows, num_classes),
    )


def _names(entries: Entries, num_classes: int, limits: Limits) -> tuple[str, ...] | None:
    values = _load(entries, "class_names")
    if values is None:
        return None
    if isinstance(values, Text):
        texts = [values.names[code] for code in values.codes]
    elif values.ndim != 1 or values.dtype.kind not in "SUiu":
        raise UploadError(f"class_names must be a list of texts; got {values.ndim}-D numbers.")
    elif len(values) > limits.classes or values.dtype.itemsize > 4 * limits.text:
        raise UploadError(f"class_names may have {limits.text} characters each.")
    elif values.dtype.kind in "iu":
        texts = [str(value) for value in values.tolist()]
    else:
        coded = as_text_or_array(values, "class_names")
        texts = [coded.names[code] for code in coded.codes] if isinstance(coded, Text) else []
    return check_class_names(texts, num_classes, limits)


def _matrices(entries: Entries, num_rows: int, num_classes: int) -> dict[str, Any]:
    """Return the classifier's arrays, which have to agree about the width d."""
    forms: dict[str, dict[str, int | None]] = {
        "weights": {"classes": num_classes, "d": None},
        "bias": {"classes": num_classes},
        "features": {"rows": num_rows, "d": None},
        "class_means": {"classes": num_classes, "d": None},
        "class_spread": {"classes": num_classes},
    }
    found: dict[str, Any] = {}
    for role, form in forms.items():
        if role in entries:
            what = f"the {role.replace('_', ' ')}"
            check_number_type(entries[role], what)
            check_shape(entries[role].shape, what, form)
            found[role], _ = _numbers(entries[role], what)
            check_finite(found[role], what)
    if "class_spread" in found:
        check_not_negative(found["class_spread"], "the class spread")
    widths = {role: array.shape[1] for role, array in found.items() if array.ndim == 2}
    if len(set(widths.values())) > 1:
        listed = ", ".join(f"{role.replace('_', ' ')} {d:,}" for role, d in widths.items())
        raise UploadError(f"features, weights and means must have one width d; got {listed}.")
    return found


def _with_labels(upload: Upload, values: Values | None) -> Upload:
    if values is None:
        return upload
    num_rows, num_classes = upload.logits.shape
    labels = check_labels(values, num_rows, num_classes, upload.class_names)
    return replace(
        upload,
        labels=labels.values,
        class_names=labels.class_names,
        notes=(*upload.notes, *labels.notes),
    )


def _without_training_rows(upload: Upload) -> Upload:
    if upload.split is None or not (upload.split == "train").any():
        return upload
    keep = upload.split != "train"
    dropped = int(np.count_nonzero(~keep))
    if dropped == len(keep):
        raise UploadError("all rows are training rows; validation or test rows are needed.")
    parts: dict[str, Any] = {
        field: array[keep]
        for field in ("logits", "labels", "features", "split")
        if (array := getattr(upload, field)) is not None
    }
    note = f"{dropped:,} rows of the training split were left out."
    return replace(upload, notes=(*upload.notes, note), **parts)
