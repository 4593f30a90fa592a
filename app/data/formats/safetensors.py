"""Hugging Face's .safetensors: a JSON header, then the bytes of the tensors."""

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Contents, Entry, damaged
from app.data.formats.extras import metadata_entries
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import plain, quoted

_DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "BF16": "<f4",
}


def read_safetensors(source: Source, limits: Limits) -> Contents:
    """Return the tensors of a safetensors file.

    Metadata ``class_names`` and ``class_counts``, JSON lists, become entries; the rest of the
    metadata is kept. BF16 is widened to float32.
    """
    header = _header(source, limits)
    metadata = header.pop("__metadata__", {})
    if not _is_str_dict(metadata):
        raise UploadError("the safetensors metadata must map text to text.")
    if len(header) > limits.arrays:
        raise UploadError(
            f"the file has {len(header):,} tensors; at most {limits.arrays} are allowed."
        )
    load = _loader(source)
    entries = {key: _entry(key, header[key], load) for key in header}
    wide = any(info["dtype"] == "BF16" for info in header.values())
    notes = ("bfloat16 values were converted to float32.",) if wide else ()
    found, rest = metadata_entries(metadata, limits)
    return Contents({**found, **entries}, rest, notes)


def _header(source: Source, limits: Limits) -> dict[str, Any]:
    length = int.from_bytes(source.view[:8], "little")
    if length > limits.header_bytes:
        raise UploadError(
            "the safetensors file is damaged or describes too many tensors: "
            f"its header may have {limits.header_bytes:,} bytes and declares {plain(length)}."
        )
    with damaged("the safetensors file"):
        text = bytes(source.view[8 : 8 + length]).decode("utf-8")
        header = json.loads(text, object_pairs_hook=_unique)
        if len(text.encode()) < length or not isinstance(header, dict):
            raise ValueError("header")
        return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise UploadError("the safetensors header has the same name twice.")
    return table


def _is_str_dict(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _loader(source: Source) -> Any:
    """Parse with the library once, when the first tensor is asked for.

    It checks that the tensors neither overlap nor leave holes nor pass the end of the file.
    """

    @cache
    def load() -> dict[str, Any]:
        from safetensors import deserialize

        with damaged("the safetensors file"):
            return dict(deserialize(source.bytes()))  # type: ignore[no-untyped-call]

    return load


def _entry(key: str, info: Any, load: Any) -> Entry:
    with damaged(f"the description of {quoted(key)}"):
        name, shape = info["dtype"], tuple(info["shape"])
        if not all(type(n) is int and 0 <= n < 2**62 for n in shape) or len(shape) > 32:
            raise ValueError("shape")
    if name not in _DTYPES:
        raise UploadError(
            f"tensor {quoted(key)} is of type {quoted(name)}; use F16, F32, F64, BF16 or integers."
        )
    return Entry(shape, np.dtype(_DTYPES[name]), lambda: _array(key, name, shape, load()))


def _array(key: str, name: str, shape: tuple[int, ...], tensors: dict[str, Any]) -> NDArray[Any]:
    # pop: the library's copy is released as soon as it has been converted.
    data = tensors.pop(key)["data"]
    with damaged(f"tensor {quoted(key)}"):
        if name == "BF16":
            # bfloat16 is the upper half of a float32.
            wide = np.frombuffer(data, "<u2").astype("<u4")
            wide <<= 16
            return wide.view("<f4").reshape(shape)
        if not len(data):
            return np.empty(shape, _DTYPES[name])
        return np.frombuffer(data, _DTYPES[name]).reshape(shape)
