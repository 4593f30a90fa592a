"""Class names and counts that formats without text arrays carry as JSON metadata."""

import json
from collections.abc import Mapping

import numpy as np

from app.data.contents import Entry, array_entry
from app.data.limits import Limits
from app.data.upload import UploadError
from app.data.words import plain, quoted


def metadata_entries(
    metadata: Mapping[str, str], limits: Limits
) -> tuple[dict[str, Entry], dict[str, str]]:
    """Split metadata into entries (``class_names``, ``class_counts``) and text to keep.

    Text is cut to 1,000 characters a value and 32 values.
    """
    entries: dict[str, Entry] = {}
    if "class_names" in metadata:
        entries["class_names"] = names_entry(_json_list(metadata, "class_names", limits), limits)
    if "class_counts" in metadata:
        entries["class_counts"] = _counts_entry(_json_list(metadata, "class_counts", limits))
    rest = [(k, v) for k, v in metadata.items() if k not in entries][:32]
    return entries, {plain(k, 100): plain(v, 1000) for k, v in rest}


def _json_list(metadata: Mapping[str, str], key: str, limits: Limits) -> list[object]:
    text = metadata[key]
    try:
        values = json.loads(text) if len(text) <= 4 * limits.header_bytes else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) > limits.classes:
        raise UploadError(f"metadata {quoted(key)} must be a JSON list with one item a class.")
    return values


def names_entry(values: list[object], limits: Limits) -> Entry:
    """Return class names given as a list."""
    if not all(isinstance(v, str) and len(v) <= limits.text for v in values):
        raise UploadError(
            f"class_names must be a list of texts of at most {limits.text} characters."
        )
    return array_entry(np.array(values, dtype=str))


def _counts_entry(values: list[object]) -> Entry:
    bad = next((v for v in values if type(v) is not int or not -(2**62) < v < 2**62), None)
    if bad is not None:
        raise UploadError(f"metadata 'class_counts' must hold whole numbers, got {quoted(bad)}.")
    return array_entry(np.array(values, dtype=np.int64))
