"""Batches that fit a GPU: as large as its free memory allows, smaller when it does not."""

from collections.abc import Callable
from typing import TypeVar

import torch

from app.device.streams import release
from app.errors import UserError

Found = TypeVar("Found")

# Of the free memory; other threads allocate too, and kernels need room for what is in between.
_SHARE = 0.5


def in_batches(
    compute: Callable[[slice], Found], count: int, bytes_each: int, device: torch.device
) -> list[Found]:
    """Compute items 0 to count - 1 in batches; one for which memory runs out is halved.

    Parameters
    ----------
    compute : callable
        Of a slice of items; computing it again after a failure gives the same.
    count : int
    bytes_each : int
        About what an item takes.
    device : torch.device

    Returns
    -------
    list
        What each batch gave, in order.

    Raises
    ------
    UserError
        If there is no memory for one item.
    """
    size, start, found = fitting(count, bytes_each, device), 0, list[Found]()
    while start < count:
        try:
            found.append(compute(slice(start, min(start + size, count))))
        except torch.OutOfMemoryError:
            pass  # Until the exception is gone, it holds on to the tensors of its frames.
        else:
            start += size
            continue
        size = halved(min(size, count - start), device)
    return found


def halved(size: int, device: torch.device) -> int:
    """Return half of a size that did not fit, with cached memory given back.

    Raises
    ------
    UserError
        If the size is 1.
    """
    if size <= 1:
        raise UserError(
            f"device must be 'cpu' for a model that the memory of the GPU cannot hold, "
            f"got '{device}'."
        )
    release(device)
    return size // 2


def fitting(count: int, bytes_each: int, device: torch.device) -> int:
    """Return how many of ``count`` items to begin with, at least 1."""
    if device.type != "cuda":
        return max(1, count)
    free, _ = torch.cuda.mem_get_info(device)
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return max(1, min(count, int(_SHARE * free) // max(1, bytes_each)))
