"""Parquet: one row a sample, one column a class; the footer is judged before data is read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.columns import Layout, lay_out
from app.data.contents import Contents, Entry, Text, array_entry, damaged, text_entry
from app.data.formats.extras import metadata_entries
from app.data.formats.parquet_footer import Footer, read_footer
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import quoted, size

_GROUP_BYTES = 64 * 2**20
_TEXT_BYTES = 64 * 2**20


def read_parquet(
    source: Source,
    limits: Limits,
    keys: Mapping[str, str | None] | None = None,
    empty: Callable[..., NDArray[Any]] = np.empty,
) -> Contents:
    """Return scores, labels and split of a Parquet file, under the names of their roles.

    Key-value metadata ``class_names`` and ``class_counts``, JSON lists, become entries. ``empty``
    makes the array that the scores go to, from its shape and dtype.
    """
    footer = read_footer(source, limits)
    with damaged("the Parquet file"):
        file = _open(source, limits, ())
        schema = file.schema_arrow
        if len(schema.names) != footer.columns:
            raise UploadError("the Parquet file has nested columns; need one plain column a class.")
        layout = _numeric(lay_out(schema.names, limits, keys), schema)
        if not layout.scores:
            raise UploadError("the table has no score columns; it needs one for each class.")
        _check_size(footer.rows, schema, layout, limits)
        texts = [schema.names[i] for i in (layout.labels, layout.split) if i is not None]
        file = _open(source, limits, [t for t in texts if _is_text(schema.field(t).type)])
        names = [schema.names[i] for i in layout.scores]
        logits = empty((footer.rows, len(names)), _dtype(schema, layout))
        _fill(logits, file, names, footer)
        extra, rest = metadata_entries(_metadata(schema), limits)
        entries: dict[str, Entry] = {**extra, "logits": array_entry(logits)}
        if layout.class_names is not None and "class_names" not in extra:
            entries["class_names"] = array_entry(np.array(layout.class_names, dtype=str))
        for role, column in (("labels", layout.labels), ("split", layout.split)):
            if column is not None:
                entries[role] = _column(file, schema.names[column], role, limits)
    return Contents(entries, rest, layout.notes, table=True)


def _open(source: Source, limits: Limits, dictionaries: Any) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    return parquet.ParquetFile(
        pa.BufferReader(pa.py_buffer(source.view)),
        read_dictionary=list(dictionaries),
        thrift_string_size_limit=limits.footer_bytes,
        thrift_container_size_limit=1_000_000,
        pre_buffer=False,
        arrow_extensions_enabled=False,
    )


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind) or types.is_integer(kind))


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _numeric(layout: Layout, schema: Any) -> Layout:
    """Leave out text columns that are neither labels nor split; refuse other kinds."""
    text = [i for i in layout.scores if _is_text(schema.field(i).type)]
    scores = tuple(i for i in layout.scores if not _is_text(schema.field(i).type))
    for i in scores:
        if not _is_number(schema.field(i).type):
            raise UploadError(
                f"column {quoted(schema.names[i])} is of type {quoted(schema.field(i).type)}; "
                "scores need one column of plain numbers for each class."
            )
    if not text:
        return layout
    names = layout.class_names and tuple(schema.names[i].strip() for i in scores)
    note = f"Text columns left out: {', '.join(quoted(schema.names[i]) for i in text[:4])}."
    return Layout(scores, layout.labels, layout.split, names, (*layout.notes, note))


def _check_size(rows: int, schema: Any, layout: Layout, limits: Limits) -> None:
    total = rows * len(layout.scores) * _dtype(schema, layout).itemsize
    if total > limits.array_bytes:
        raise UploadError(
            f"the table takes {size(total)}; at most {size(limits.array_bytes)} is allowed."
        )


def _dtype(schema: Any, layout: Layout) -> np.dtype[Any]:
    """The one dtype that holds every score column."""
    kinds = {schema.field(i).type.to_pandas_dtype() for i in layout.scores}
    return np.result_type(*kinds)


def _fill(scores: NDArray[Any], file: Any, names: Sequence[str], footer: Footer) -> None:
    """Fill the matrix a few columns at a time, so that only these are unpacked at once."""
    row = 0
    for group, rows in enumerate(footer.group_rows):
        stop = row + rows
        step = max(1, min(64, _GROUP_BYTES // max(1, 8 * rows)))
        for start in range(0, len(names), step):
            part = names[start : start + step]
            table = file.read_row_group(group, columns=part, use_threads=False)
            for k, name in enumerate(part, start):
                values = _values(table.column(name).combine_chunks(), name, row)
                with np.errstate(invalid="ignore"):  # signalling NaN, refused later
                    scores[row:stop, k] = values
        row = stop


def _values(column: Any, name: str, row: int) -> NDArray[Any]:
    if column.null_count:
        at = row + int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise UploadError(f"column {quoted(name)} has no value in row {at:,} (counted from 0).")
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return values


def _column(file: Any, name: str, role: str, limits: Limits) -> Entry:
    """Return the labels or the split: numbers, or text by its dictionary."""
    import pyarrow as pa

    column = file.read(columns=[name], use_threads=False).column(name)
    if _is_number(column.type):
        return array_entry(_values(column.combine_chunks(), name, 0))
    if not _is_text(column.type):
        raise UploadError(
            f"column {quoted(name)} is of type {quoted(column.type)}; "
            f"the {role} must be whole numbers or text."
        )
    # pyarrow takes positions in a dictionary from the file as they are, even past its end.
    column.validate(full=True)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    coded = column.unify_dictionaries().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    if coded.dictionary.nbytes > _TEXT_BYTES:
        raise UploadError(f"column {quoted(name)} holds more text than names of classes need.")
    codes = _values(coded.indices, name, 0).astype(np.int64)
    names = tuple(str(value).strip() for value in coded.dictionary.to_pylist())
    if any(len(value) > limits.text for value in names):
        raise UploadError(f"a text of the {role} is longer than {limits.text} characters.")
    return text_entry(Text(codes, names))


def _metadata(schema: Any) -> dict[str, str]:
    raw = schema.metadata or {}
    texts = {k.decode("utf-8"): v.decode("utf-8") for k, v in raw.items()}
    return {k: v for k, v in texts.items() if k not in ("pandas", "ARROW:schema", "huggingface")}
