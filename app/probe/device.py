"""Where heads are trained."""

from typing import Literal

from app.errors import UserError

Device = Literal["cpu", "cuda"]


def device_of(device: Literal["auto", "cpu", "cuda"]) -> Device:
    """Return the device to use; "auto" is the processor.

    At usual sizes a step of all heads takes a fraction of a millisecond there, no more than it
    takes to launch its operations on a GPU.

    Raises
    ------
    UserError
        If CUDA is asked for and there is none.
    """
    if device != "cuda":
        return "cpu"
    import torch

    if not torch.cuda.is_available():
        raise UserError("device must be 'auto' or 'cpu' on a machine without CUDA, got 'cuda'.")
    return "cuda"
