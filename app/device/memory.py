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
    portion = Portion(fitting(count, bytes_each, device), device)
    start, found = 0, list[Found]()

    def part() -> Found:
        return compute(slice(start, min(start + portion.size, count)))

    while start < count:
        found.append(portion.fitted(part))
        start += portion.size
    return found


class Portion:
    """How many items to take at a time.

    Attributes
    ----------
    size : int
    """

    def __init__(self, size: int, device: torch.device) -> None:
        self.size, self._device = size, device

    def fitted(
        self, compute: Callable[[], Found], forget: Callable[[], None] = lambda: None
    ) -> Found:
        """Compute; where memory runs out, forget, and compute again with half the size.

        Raises
        ------
        UserError
            If there is no memory for one item.
        """
        while True:
            try:
                return compute()
            except torch.OutOfMemoryError:
                forget()
            # Outside, for the exception holds on to the tensors of its frames.
            self._halve()

    def _halve(self) -> None:
        if self.size <= 1:
            raise UserError(
                f"device must be 'cpu' for what the memory of the GPU cannot hold, "
                f"got '{self._device}'."
            )
        release(self._device)
        self.size //= 2


def fitting(count: int, bytes_each: int, device: torch.device) -> int:
    """Return how many of ``count`` items to begin with, at least 1."""
    if device.type != "cuda":
        return max(1, count)
    free, _ = torch.cuda.mem_get_info(device)
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return max(1, min(count, int(_SHARE * free) // max(1, bytes_each)))
