"""What a Parquet file declares, read and judged before pyarrow sees it.

pyarrow cannot be asked: what its metadata classes throw on a damaged footer ends the process
instead of raising an error (seen in version 26 for a wrong histogram). And it allocates and
fills whatever size a page itself declares, without a look at the footer, so that a file of
250 kB takes 2 GB for one page. Hence this walk over footer and page headers, which are small.

Source: parquet.thrift of the Parquet format (FileMetaData, RowGroup, ColumnChunk, PageHeader).
"""

from dataclasses import dataclass
from typing import Any

from app.data.columns import check_column_count
from app.data.contents import damaged
from app.data.formats.thrift import Reader, Struct
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import size

_LARGEST_PAGES = 200_000
_LARGEST_GROUPS = 10_000
_GROUPS, _SCHEMA, _ROWS = 4, 2, 3  # FileMetaData
_CHILDREN, _REPETITION, _REPEATED = 5, 3, 2  # SchemaElement
_COLUMNS, _GROUP_ROWS = 1, 3  # RowGroup
_FILE_PATH, _COLUMN = 1, 3  # ColumnChunk
_VALUES, _UNPACKED, _PACKED, _DATA, _DICTIONARY = 5, 6, 7, 9, 11  # ColumnMetaData
_PAGE_UNPACKED, _PAGE_PACKED = 2, 3  # PageHeader


@dataclass(frozen=True)
class Footer:
    """Rows of each row group, and the number of columns."""

    group_rows: tuple[int, ...]
    columns: int

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.group_rows)


def read_footer(source: Source, limits: Limits) -> Footer:
    """Return the footer if it agrees with itself, with the file, and with the limits.

    Raises
    ------
    UploadError
        For damage, nested or too many columns, too many rows, and data that unpacks to more
        than the footer declares or the limits allow.
    """
    with damaged("the Parquet file"):
        view = source.view
        table = Reader(_footer_bytes(source, limits)).struct()
        columns = _flat_columns(table[_SCHEMA], limits)
        groups = table[_GROUPS]
        if len(groups) > _LARGEST_GROUPS:
            raise UploadError(f"the Parquet file has more than {_LARGEST_GROUPS:,} row groups.")
        rows = tuple(_natural(group, _GROUP_ROWS) for group in groups)
        if sum(rows) != table[_ROWS] or any(len(group[_COLUMNS]) != columns for group in groups):
            raise UploadError("the Parquet footer contradicts itself; export the file again.")
        if sum(rows) > limits.rows:
            raise UploadError(
                f"the table has {sum(rows):,} rows; at most {limits.rows:,} are allowed."
            )
        _check_sizes(view, groups, limits)
        return Footer(rows, columns)


def _footer_bytes(source: Source, limits: Limits) -> memoryview:
    view = source.view
    length = int.from_bytes(view[-8:-4], "little")
    if len(view) < 12 or bytes(view[-4:]) != b"PAR1" or length + 12 > len(view):
        raise UploadError("the Parquet file is damaged or cut: its footer is missing.")
    if length > limits.footer_bytes:
        raise UploadError(
            f"the Parquet footer has {size(length)}; "
            f"at most {size(limits.footer_bytes)} is allowed."
        )
    return view[-8 - length : -8]


def _flat_columns(schema: list[Struct], limits: Limits) -> int:
    """Return the number of columns of a schema that is a root and its leaves."""
    leaves = schema[1:]
    nested = any(leaf.get(_CHILDREN) or leaf.get(_REPETITION) == _REPEATED for leaf in leaves)
    if nested:
        raise UploadError("the Parquet file has nested columns; need one plain column a class.")
    check_column_count(len(leaves), limits)
    if schema[0].get(_CHILDREN, 0) != len(leaves):
        raise ValueError("schema")
    return len(leaves)


def _check_sizes(view: memoryview, groups: list[Struct], limits: Limits) -> None:
    columns: list[tuple[Struct, int]] = [
        (_column(chunk), _natural(group, _GROUP_ROWS))
        for group in groups
        for chunk in group[_COLUMNS]
    ]
    total = sum(_natural(column, _UNPACKED) for column, _ in columns)
    if total > limits.array_bytes:
        raise UploadError(
            f"the table unpacks to {size(total)}; at most {size(limits.array_bytes)} is allowed."
        )
    pages = 0
    for column, rows in columns:
        if column[_VALUES] != rows:
            raise UploadError("the Parquet footer contradicts itself; export the file again.")
        pages += _check_pages(view, column)
        if pages > _LARGEST_PAGES:
            raise UploadError(f"the Parquet file has more than {_LARGEST_PAGES:,} pages.")


def _column(chunk: Struct) -> Struct:
    if _FILE_PATH in chunk:
        raise UploadError("the Parquet file refers to another file; export it as one file.")
    column: Struct = chunk[_COLUMN]
    return column


def _check_pages(view: memoryview, column: Struct) -> int:
    """Return the number of pages of a column; they may not pass what the footer declares."""
    at, total, pages = _start(column), 0, 0
    stop = at + _natural(column, _PACKED)
    if stop > len(view):
        raise UploadError("the Parquet file is damaged: a column lies outside of it.")
    while at < stop and pages <= _LARGEST_PAGES:
        reader = Reader(view[:stop], at)
        page = reader.struct()
        total, pages = total + _natural(page, _PAGE_UNPACKED), pages + 1
        at = reader.at + _natural(page, _PAGE_PACKED)
        if total > column[_UNPACKED]:
            raise UploadError(
                f"a page of the Parquet file unpacks to {size(total)}, more than the "
                f"{size(column[_UNPACKED])} its footer declares."
            )
    return pages


def _start(column: Struct) -> int:
    """Where pyarrow begins to read: the dictionary page, if one comes before the data."""
    data, first = _natural(column, _DATA), column.get(_DICTIONARY, 0)
    return int(first) if 0 < first < data else data


def _natural(table: Struct, field: int) -> int:
    value: Any = table[field]
    if type(value) is not int or not 0 <= value < 2**62:
        raise ValueError("a size")
    return value
