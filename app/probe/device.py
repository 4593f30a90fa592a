"""Where heads are trained."""

from typing import Literal

from app.errors import UserError

Device = Literal["cpu", "cuda"]


def device_of(device: Literal["auto", "cpu", "cuda"]) -> Device:
    """Return the device to use; "auto" is CUDA where there is one.

    Raises
    ------
    UserError
        If CUDA is asked for and there is none.
    """
    import torch

    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise UserError("device must be 'auto' or 'cpu' on a machine without CUDA, got 'cuda'.")
    return "cuda" if available and device != "cpu" else "cpu"
