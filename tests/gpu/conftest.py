import pytest
import torch

from app import device

NO_CUDA = "there is no CUDA device here (or torch is a build without CUDA)"


@pytest.fixture(
    params=[
        "cpu",
        pytest.param(
            "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason=NO_CUDA)
        ),
    ]
)
def place(request) -> torch.device:
    """Where tensor programs run: on the CPU always, on the GPU where there is one."""
    return torch.device(request.param)


@pytest.fixture
def tensors(place, monkeypatch):
    """Have everything computed by the tensor programs, as on a GPU; return to call for the usual.

    "cpu:0" is a device to torch but not the processor to the app, whose own programs are compiled.
    """
    told = "cpu:0" if place.type == "cpu" else "cuda"

    def switch(on=True):
        monkeypatch.setattr(device, "override", lambda: told if on else "cpu")
        monkeypatch.setattr(device, "_require_cuda", lambda told: None)

    switch()
    return switch
