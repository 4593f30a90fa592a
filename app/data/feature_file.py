"""From a file to checked features of training, validation and test rows."""

import io
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.admission import admitted, held
from app.data.checks import check_class_names, check_number_type, check_shape, check_total
from app.data.contents import Contents, Entry, Text, Values
from app.data.feature_checks import (
    check_classes,
    check_feature_forms,
    constant_columns_note,
    to_features,
)
from app.data.feature_keys import PARTS, Entries, choose_feature_keys, features_by_name
from app.data.features import FeatureSet, Rows
from app.data.formats.open import detect, read_contents
from app.data.labels import check_labels
from app.data.limits import BROWSER, COMMAND_LINE, Limits
from app.data.naming import naming, shown_name
from app.data.source import FileLike, Source, open_source
from app.data.upload import UploadError
from app.data.whole import as_text_or_array, text_as_numbers
from app.data.words import quoted, size

_FORMATS = ("npz", "safetensors", "pt")


def read_features(
    file: FileLike,
    name: str,
    *,
    keys: Mapping[str, str] | None = None,
    limits: Limits = BROWSER,
) -> FeatureSet:
    """Read features and labels of training and test rows, or say in one sentence why not.

    The file is an .npz, .safetensors or .pt with ``train_features`` (N, d), ``train_labels`` (N,),
    ``test_features`` and ``test_labels``; optionally ``val_features`` and ``val_labels``,
    ``class_names``, and the stage-1 classifier ``weights`` (K, d) and ``bias`` (K,). Other usual
    names such as X_train are understood. Nothing is unpickled or run, and no array is allocated
    before its declared size was compared with `limits`.

    Parameters
    ----------
    file : binary file or path
        Read from its start; neither closed nor changed.
    name : str
        Shown in messages; never used as a path.
    keys : mapping of role to key, optional
        Which array plays a role, for example ``{"train_features": "layer4"}``; the answer to
        `AmbiguousKeys`.
    limits : Limits
        `BROWSER` or `COMMAND_LINE`.

    Returns
    -------
    FeatureSet
        Features as float32, whatever they were stored as. Weights without bias get a bias of 0.

    Raises
    ------
    AmbiguousKeys
        If several arrays could play one role.
    UploadError
        For everything else that keeps the file from being used; the message begins with `name`.
    """
    with naming(name), admitted(file, limits):
        contents = _describe(file, limits)
        entries = choose_feature_keys(contents.entries, keys or {})
        check_feature_forms(
            {
                f"the {PARTS[part]} features": entries[f"{part}_features"]
                for part in _parts(entries)
            },
            limits,
        )
        check_total(list(entries.values()), limits)
        read = _load(shown_name(name), entries, contents, limits)
    held([part.features for part in (read.train, read.val, read.test) if part], limits)
    return read


def _parts(entries: Entries) -> list[str]:
    return [part for part in PARTS if f"{part}_features" in entries]


def _describe(file: FileLike, limits: Limits) -> Contents:
    """Return the arrays of a file by what they declare, before their bytes are read.

    A file that is too large is described all the same where that costs nothing, so that the
    message can say which array is to blame and what to do about it.
    """
    larger = replace(
        limits, file_bytes=COMMAND_LINE.file_bytes, array_bytes=COMMAND_LINE.array_bytes
    )
    in_place = isinstance(file, (io.BytesIO, str, os.PathLike))
    source = open_source(file, larger if in_place else limits)
    found = detect(source, larger)
    if found not in _FORMATS:
        raise UploadError(
            "features and labels of training and test rows must come in one .npz, .safetensors "
            f"or .pt file; got {found}."
        )
    if found == "pt":  # is copied as a whole to be described
        _check_size(source, limits)
        return read_contents(source, limits)[0]
    contents, _ = read_contents(source, larger)
    described = features_by_name(contents.entries)
    check_feature_forms({quoted(key, 30): entry for key, entry in described.items()}, limits)
    _check_size(source, limits)
    return contents


def _check_size(source: Source, limits: Limits) -> None:
    if len(source) > limits.file_bytes:
        raise UploadError(
            f"the file is too large: at most {size(limits.file_bytes)}, got {size(len(source))}; "
            "store features as float16 and no other arrays."
        )


def _load(name: str, entries: Entries, contents: Contents, limits: Limits) -> FeatureSet:
    found = _labels(entries, limits)
    counts = check_classes(found.labels, found.num_classes, found.class_names)
    rows = {
        part: Rows(to_features(entries[f"{part}_features"], f"the {PARTS[part]} features"), labels)
        for part, labels in found.labels.items()
    }
    train = rows["train"].features
    return FeatureSet(
        name=name,
        train=rows["train"],
        val=rows.get("val"),
        test=rows["test"],
        class_counts=counts,
        class_names=found.class_names,
        notes=(*contents.notes, *found.notes, *constant_columns_note(train)),
        metadata=contents.metadata,
        **_classifier(entries, found.num_classes, train.shape[1]),
    )


class _Labelled(NamedTuple):
    """Labels by part, what the classes are called, and K."""

    labels: dict[str, NDArray[np.int64]]
    class_names: tuple[str, ...] | None
    num_classes: int
    notes: tuple[str, ...]


def _labels(entries: Entries, limits: Limits) -> _Labelled:
    # An array of a safetensors file can be loaded once.
    values = {part: entries[f"{part}_labels"].load() for part in _parts(entries)}
    names = _class_names(entries, limits) or _names_among_labels(values["train"], limits)
    declared = len(names) if names else _rows_of_weights(entries)
    labels: dict[str, NDArray[np.int64]] = {}
    notes: dict[str, None] = {}
    for part, found in values.items():
        num_rows = entries[f"{part}_features"].shape[0]
        with naming(f"{PARTS[part]} rows"):
            checked = check_labels(found, num_rows, declared or limits.classes, names)
        labels[part] = checked.values
        notes |= dict.fromkeys(checked.notes)
    num_classes = declared or 1 + max(int(found.max()) for found in labels.values())
    return _Labelled(labels, names, num_classes, tuple(notes))


def _class_names(entries: Entries, limits: Limits) -> tuple[str, ...] | None:
    if "class_names" not in entries:
        return None
    entry = entries["class_names"]
    if len(entry.shape) != 1 or entry.shape[0] > limits.classes:
        raise UploadError(f"class_names must be a list of at most {limits.classes:,} texts.")
    values = as_text_or_array(entry.load(), "class_names")
    if not isinstance(values, Text):
        raise UploadError("class_names must be a list of texts; got numbers.")
    texts = [values.names[code] for code in values.codes]
    return check_class_names(texts, len(texts), limits)


def _names_among_labels(labels: Values, limits: Limits) -> tuple[str, ...] | None:
    """The classes that training labels name, in alphabetical order, if they are texts."""
    with naming("training rows"):
        values = as_text_or_array(labels, "the labels")
        if not isinstance(values, Text) or text_as_numbers(values) is not None:
            return None
        if len(values.names) > limits.classes:
            raise UploadError(
                f"the labels are {len(values.names):,} different texts; at most "
                f"{limits.classes:,} classes are allowed."
            )
        texts = sorted(set(values.names) - {""})  # rows without a label are found later
        return check_class_names(texts, len(texts), limits)


def _rows_of_weights(entries: Entries) -> int | None:
    shape = entries["weights"].shape if "weights" in entries else ()
    return shape[0] if len(shape) == 2 else None


def _classifier(entries: Entries, num_classes: int, dim: int) -> dict[str, Any]:
    """Return weights and bias, checked; nothing if the file has none."""
    if "weights" not in entries:
        return {}
    forms: dict[str, dict[str, int | None]] = {
        "weights": {"classes": num_classes, "d": dim},
        "bias": {"classes": num_classes},
    }
    found = {
        role: _part_of_classifier(entries[role], role, form)
        for role, form in forms.items()
        if role in entries
    }
    return {"bias": np.zeros(num_classes, np.float32), **found}


def _part_of_classifier(
    entry: Entry, role: str, form: dict[str, int | None]
) -> NDArray[np.float32]:
    check_number_type(entry, f"the {role}")
    check_shape(entry.shape, f"the {role}", form)
    return to_features(entry, f"the {role}")
