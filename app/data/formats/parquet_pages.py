"""How large the pages of a Parquet file say they are, compared with what the footer says.

A page carries its own unpacked size, which pyarrow allocates and fills without a look at the
footer, so that a file of 100 kB with an honest-looking footer can still take 2 GB for one page.
Nothing in pyarrow tells these sizes without unpacking, hence this walk over the page headers.

The headers are in Thrift's compact protocol; only its skeleton is read here.
Source: the Parquet format's parquet.thrift (PageHeader) and Thrift's compact protocol.
"""

from typing import Any

from app.data.upload import UploadError
from app.data.words import size

LARGEST_PAGES = 200_000
_UNPACKED, _PACKED = 2, 3  # fields of PageHeader
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12
_INTEGERS = (4, 5, 6)
_DEEPEST = 8


def check_pages(view: memoryview, metadata: Any, most: int) -> None:
    """Refuse a file whose pages unpack to more than their column in the footer, or than `most`.

    Parameters
    ----------
    view : memoryview
        The file.
    metadata : pyarrow.parquet.FileMetaData
    most : int
        Bytes all pages together may unpack to.

    Raises
    ------
    UploadError
        Also for more pages than a reasonable writer makes.
    ValueError, IndexError
        If a page header cannot be read.
    """
    pages, total = 0, 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for column in range(metadata.num_columns):
            chunk = row_group.column(column)
            pages += _check_column(view, chunk)
            total += chunk.total_uncompressed_size
            if total > most:
                raise UploadError(f"the table unpacks to more than the {size(most)} allowed.")
            if pages > LARGEST_PAGES:
                raise UploadError(f"the Parquet file has more than {LARGEST_PAGES:,} pages.")


def _check_column(view: memoryview, column: Any) -> int:
    at, total, pages = _start(column), 0, 0
    stop = at + column.total_compressed_size
    if at < 0 or stop < at or stop > len(view):
        raise UploadError("the Parquet file is damaged: a column lies outside of it.")
    while at < stop and pages <= LARGEST_PAGES:
        unpacked, packed, at = _page(view, at, stop)
        total, pages, at = total + unpacked, pages + 1, at + packed
        if unpacked < 0 or packed < 0 or total > column.total_uncompressed_size:
            raise UploadError(
                f"a page of the Parquet file unpacks to {size(max(total, 0))}, more than the "
                f"{size(column.total_uncompressed_size)} its footer declares."
            )
    return pages


def _start(column: Any) -> int:
    """Where pyarrow begins to read: the dictionary page, if one comes before the data."""
    first = column.dictionary_page_offset
    data: int = column.data_page_offset
    return int(first) if column.has_dictionary_page and first and first < data else data


def _page(view: memoryview, at: int, stop: int) -> tuple[int, int, int]:
    """Return unpacked size, packed size and end of the page header at `at`."""
    sizes = {_UNPACKED: -1, _PACKED: -1}
    field = 0
    while (kind := view[at] & 15) != _STOP:
        field, at = _field(view, at, field)
        if field in sizes:
            if kind not in _INTEGERS:
                raise ValueError("page size")
            number, at = _varint(view, at)
            sizes[field] = (number >> 1) ^ -(number & 1)
        else:
            at = _skip(view, at, kind, 0)
        if at >= stop:
            raise ValueError("page header")
    return sizes[_UNPACKED], sizes[_PACKED], at + 1


def _field(view: memoryview, at: int, last: int) -> tuple[int, int]:
    """Number of the field whose header is at `at`, and where its value is."""
    if step := view[at] >> 4:
        return last + step, at + 1
    number, at = _varint(view, at + 1)
    return (number >> 1) ^ -(number & 1), at


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = view[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("varint")


def _skip(view: memoryview, at: int, kind: int, depth: int) -> int:
    """Return where a value of a kind ends; the kinds a page header never has are refused."""
    if depth > _DEEPEST:
        raise ValueError("depth")
    if kind in (_TRUE, _FALSE):
        return at
    if kind == _BYTE:
        return at + 1
    if kind in _INTEGERS:
        return _varint(view, at)[1]
    if kind == _DOUBLE:
        return at + 8
    if kind == _BINARY:
        length, at = _varint(view, at)
        return at + length
    if kind == _STRUCT:
        while (inner := view[at] & 15) != _STOP:
            at = _skip(view, _field(view, at, 0)[1], inner, depth + 1)
        return at + 1
    raise ValueError("kind")
