"""Lists as text."""

from collections.abc import Sequence
from itertools import groupby


def grouped(items: Sequence[str]) -> str:
    """Return items with equal neighbours together: 5 × 50, 5 × 5."""
    groups = ((item, len(list(same))) for item, same in groupby(items))
    return ", ".join(f"{many} × {item}" if many > 1 else item for item, many in groups)
