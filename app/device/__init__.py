"""Which device computes: chosen once for the process, and whether it was told which.

Importing this imports no torch: the foot of the page and the command line ask only for the
variable. torch is asked whether there is a GPU when something is to be computed.

What is the same on every device, and what is not: a run repeats bit for bit on one device with
one version of torch, because no step here sums in an order that is left to chance; between devices
sums are rounded in other orders, and results agree to the tolerances that `tests/gpu` states.
"""

import os
import re
from functools import cache
from typing import Literal

from app.errors import UserError

VARIABLE = "COLLAPSE_LAB_DEVICE"
Wish = Literal["auto", "cpu", "cuda"]


def device_for(wish: Wish, *, pays: bool = False) -> str:
    """Return the device that settings with this wish use: "cpu", "cuda" or "cuda:N".

    Parameters
    ----------
    wish : str
        The field ``device`` of a spec. "auto" is what `VARIABLE` says, and without it the GPU, if
        there is one, where that pays.
    pays : bool
        Whether the computation is large enough for a GPU to be worth it.

    Raises
    ------
    UserError
        If the wish or the variable asks for what is not there.
    """
    if wish == "cpu":
        return "cpu"
    told = override()
    if told is not None and told != "cpu":
        _require_cuda(told)
    if wish == "auto":
        return told or ("cuda" if pays and cuda_count() else "cpu")
    if told == "cpu":
        raise UserError(f"device must be 'auto' or 'cpu' where {VARIABLE} is 'cpu', got {wish!r}.")
    if not cuda_count():
        raise UserError(f"device must be 'auto' or 'cpu' on a machine without CUDA, got {wish!r}.")
    return told or "cuda"


@cache
def override() -> str | None:
    """Return what `VARIABLE` was when first asked, or None where it is empty or not set.

    Raises
    ------
    UserError
        If it names no device.
    """
    told = os.environ.get(VARIABLE, "")
    if told and not re.fullmatch(r"cpu|cuda(:\d{1,2})?", told):
        raise UserError(f"{VARIABLE} must be 'cpu', 'cuda' or 'cuda:N', got {told[:40]!r}.")
    return told or None


@cache
def cuda_count() -> int:
    """Return the number of GPUs that torch can use."""
    try:
        import torch
    except ImportError:
        return 0
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


@cache
def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _require_cuda(told: str) -> None:
    number, count = int(told.partition(":")[2] or 0), cuda_count()
    if number < count:
        return
    allowed = f"'cpu' or 'cuda:0' to 'cuda:{count - 1}'" if count else "'cpu'"
    raise UserError(f"{VARIABLE} must be {allowed} on this machine, got {told!r}.")
