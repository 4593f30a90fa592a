"""CSV: one row a sample, K score columns, a label column if there is one.

The file is cut into blocks at line ends and each block is parsed by pyarrow; a block that does
not parse is read once more, slowly, to name the line and the column.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.data.columns import Layout
from app.data.contents import Contents, Entry, Text, array_entry, text_entry
from app.data.formats.csv_faults import explain
from app.data.formats.csv_head import Dialect, Head, read_head
from app.data.limits import MEBIBYTE, Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import size

_BLOCK = 4 * MEBIBYTE


class Block(NamedTuple):
    """Whole lines of a CSV file, and the number of the first of them."""

    text: bytes
    line: int


def read_csv(
    source: Source,
    limits: Limits,
    keys: Mapping[str, str | None] | None = None,
    empty: Callable[..., NDArray[Any]] = np.empty,
) -> Contents:
    """Return scores, labels and split of a CSV file, under the names of their roles.

    Scores become float64, the precision of the text. Separators may be comma, semicolon or tab,
    and the decimal mark a comma; both are found out and noted. ``empty`` makes the array that the
    scores go to, from its shape and dtype.
    """
    head = read_head(source, limits, keys)
    columns = head.layout
    scores = empty(_bounded_shape(source, head, limits), np.float64)
    labels, split = _TextColumn(), _TextColumn()
    row = 0
    for block in _blocks(source, head):
        table = _parse(block, head)
        count = table.num_rows
        if count:
            scores[row : row + count] = _numbers(table, block, head)
        labels.add(table, columns.labels)
        split.add(table, columns.split)
        row += count
    entries: dict[str, Entry] = {"logits": array_entry(scores[:row])}
    if columns.class_names is not None:
        entries["class_names"] = array_entry(np.array(columns.class_names, dtype=str))
    for role, column in (("labels", labels), ("split", split)):
        if column.parts:
            entries[role] = text_entry(column.text(limits, role))
    return Contents(entries, notes=head.notes, table=True)


def _bounded_shape(source: Source, head: Head, limits: Limits) -> tuple[int, int]:
    """Rows at most (the lines left) and classes, checked before the array is allocated."""
    view, start = source.view, head.start
    stops = range(start, len(view), _BLOCK)
    lines = sum(bytes(view[at : at + _BLOCK]).count(b"\n") for at in stops) + 1
    classes = len(head.layout.scores)
    if lines > limits.rows + 1:
        raise UploadError(f"the table has {lines:,} lines; at most {limits.rows:,} are allowed.")
    if lines * classes * 8 > limits.array_bytes:
        raise UploadError(
            f"the table would take {size(lines * classes * 8)} as numbers; "
            f"at most {size(limits.array_bytes)} is allowed, so use .npy with float32."
        )
    return lines, classes


def _blocks(source: Source, head: Head) -> Iterator[Block]:
    data, start, line = source.data, head.start, head.line
    while start < len(data):
        stop = min(start + _BLOCK, len(data))
        if stop < len(data):
            stop = data.rfind(b"\n", start, stop) + 1
        if stop == 0:
            raise UploadError(f"line {line:,} is longer than {size(_BLOCK)}.")
        text = data[start:stop]
        yield Block(_unix(text, line), line)
        start, line = stop, line + text.count(b"\n")


def _unix(text: bytes, line: int) -> bytes:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    for bad, what in ((b"\r", "a carriage return inside a line"), (b"\0", "a NUL byte")):
        if (at := text.find(bad)) >= 0:
            where = line + text.count(b"\n", 0, at)
            raise UploadError(f"line {where:,} holds {what}; save the table as plain CSV.")
    return text


def _parse(block: Block, head: Head) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    texts = {str(i) for i in (head.layout.labels, head.layout.split) if i is not None}
    used = [str(i) for i in head.layout.scores] + sorted(texts, key=int)
    try:
        return csv.read_csv(
            pa.BufferReader(block.text),
            read_options=csv.ReadOptions(
                column_names=[str(i) for i in range(len(head.names))],
                use_threads=False,
                block_size=len(block.text) + 1,
            ),
            parse_options=csv.ParseOptions(delimiter=head.dialect.delimiter),
            convert_options=csv.ConvertOptions(
                column_types={n: pa.string() if n in texts else pa.float64() for n in used},
                include_columns=used,
                null_values=[],
                strings_can_be_null=False,
                decimal_point=head.dialect.decimal,
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise _fault(block, head) from error


def _numbers(table: Any, block: Block, head: Head) -> NDArray[np.float64]:
    batch = table.select([str(i) for i in head.layout.scores]).combine_chunks().to_batches()[0]
    numbers: NDArray[np.float64] = batch.to_tensor(row_major=True).to_numpy()
    if not np.isfinite(numbers).all():
        raise _fault(block, head)
    return numbers


def _fault(block: Block, head: Head) -> UploadError:
    layout: Layout = head.layout
    dialect: Dialect = head.dialect
    return explain(block.text, block.line, head.names, layout, dialect)


class _TextColumn:
    """A column of text gathered block by block as codes and the different texts."""

    def __init__(self) -> None:
        self.parts: list[NDArray[np.int64]] = []
        self._names: dict[str, int] = {}

    def add(self, table: Any, column: int | None) -> None:
        if column is None or not table.num_rows:
            return
        coded = table.column(str(column)).combine_chunks().dictionary_encode()
        names = (name.strip() for name in coded.dictionary.to_pylist())
        positions = [self._names.setdefault(name, len(self._names)) for name in names]
        self.parts.append(np.array(positions, np.int64)[coded.indices.to_numpy()])

    def text(self, limits: Limits, role: str) -> Text:
        return checked_text(Text(np.concatenate(self.parts), tuple(self._names)), limits, role)


def checked_text(values: Text, limits: Limits, role: str) -> Text:
    """Refuse texts too long to be a name, and more different ones than there can be classes."""
    if any(len(name) > limits.text for name in values.names):
        raise UploadError(f"a text of the {role} is longer than {limits.text} characters.")
    return values
