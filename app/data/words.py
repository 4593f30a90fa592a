"""Pieces of the sentences that errors and notes are made of.

Text from a file is cut and stripped of control characters before it enters a sentence.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def plain(text: object, limit: int = 40) -> str:
    """Return text on one line, printable, at most `limit` characters."""
    start = str(text)[: limit + 1]
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in start)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def quoted(text: object, limit: int = 40) -> str:
    """Return `plain` text in single quotes."""
    return f"'{plain(text, limit)}'"


def listed(items: Iterable[str], limit: int = 4) -> str:
    """Join at most `limit` items with commas and say how many more there are."""
    items = list(items)
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def shape_of(shape: Sequence[int]) -> str:
    """Write a shape as ``24 x 10``; ``a single number`` for no dimension."""
    return " x ".join(f"{n:,}" for n in shape[:5]) if len(shape) else "a single number"


def size(count: int) -> str:
    """Write a number of bytes in MB (units of 2**20) or kB, as file managers do."""
    return f"{count / 2**20:,.0f} MB" if count >= 2**20 else f"{count / 2**10:,.1f} kB"


def cell(index: Sequence[int], columns: Sequence[str] | None = None) -> str:
    """Name a position of a 1-D or 2-D array, counting from 0."""
    if len(index) == 1:
        return f"entry {index[0]:,}"
    name = f" ({quoted(columns[index[1]], 30)})" if columns is not None else ""
    return f"row {index[0]:,}, column {index[1]:,}{name}"


def first(where: NDArray[np.bool_]) -> int:
    """Return the position of the first True."""
    return int(np.argmax(where))
