"""The compiled kernels, where there are any: without numba callers take their NumPy references."""

from collections.abc import Callable
from typing import Any


def compiled(name: str) -> Callable[..., Any] | None:
    """A kernel of `app.adjust._kernels`, or None where numba is not installed."""
    try:
        import app.adjust._kernels as kernels
    except ImportError:
        return None
    return getattr(kernels, name)  # type: ignore[no-any-return]
