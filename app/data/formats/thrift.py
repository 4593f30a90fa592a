"""The skeleton of Thrift's compact protocol, in which Parquet writes what it knows of itself.

Source: thrift/doc/specs/thrift-compact-protocol.md.
"""

from typing import Any

Struct = dict[int, Any]

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
_DEEPEST = 12
_MOST_VALUES = 1_000_000


class Reader:
    """Reads structs as dicts from field number to value; text is skipped and becomes None.

    Raises ValueError or IndexError on bytes that are no such struct, and on more values than
    a million, since empty structs in a list would make gigabytes of dicts from megabytes.

    Parameters
    ----------
    view : memoryview
    at : int
        Where to begin.
    """

    def __init__(self, view: memoryview, at: int = 0) -> None:
        self._view = view
        self.at = at
        self._left = _MOST_VALUES

    def struct(self, depth: int = 0) -> Struct:
        """Return the struct that begins here."""
        if depth > _DEEPEST:
            raise ValueError("depth")
        found: Struct = {}
        field = 0
        while (head := self._byte()) != 0:
            step, kind = head >> 4, head & 15
            field = field + step if step else self._integer()
            if kind in (_TRUE, _FALSE):
                found[field] = kind == _TRUE
            else:
                found[field] = self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many values")
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self._list(depth + 1)
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind not in (_BINARY, _DOUBLE):
            raise ValueError("kind")
        length = 8 if kind == _DOUBLE else self._varint()
        self.at += length
        return None

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        if depth > _DEEPEST or count > self._left:
            raise ValueError("list")
        return [self._value(head & 15, depth) for _ in range(count)]

    def _byte(self) -> int:
        byte = self._view[self.at]
        self.at += 1
        return byte

    def _integer(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("varint")
