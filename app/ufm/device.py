"""Where a run is computed, and by what."""

from functools import cache
from typing import Literal

from app.errors import UserError
from app.ufm.dynamics import CompiledEngine, Engine, ReferenceEngine
from app.ufm.problem import Problem
from app.ufm.spec import UFMSpec

Device = Literal["cpu", "cuda"]


def device_of(spec: UFMSpec) -> Device:
    """Return the device that a run of these settings uses.

    Class means and L-BFGS left to choose stay on the processor: a step on class means takes
    less time there than one launch on a GPU.

    Raises
    ------
    UserError
        If CUDA is asked for and there is none.
    """
    if spec.device == "cuda":
        if not _has_cuda():
            raise UserError("device must be 'auto' or 'cpu' on a machine without CUDA, got 'cuda'")
        return "cuda"
    return "cuda" if spec.device == "auto" and spec.per_sample and _has_cuda() else "cpu"


def engine_of(spec: UFMSpec, problem: Problem) -> Engine:
    """Return what takes the steps: CUDA, compiled code, or NumPy where numba is not installed."""
    if device_of(spec) == "cuda":
        from app.ufm.torch_engine import TorchEngine

        return TorchEngine(problem, spec.dtype, "cuda")
    try:
        return CompiledEngine(problem, spec.dtype)
    except ImportError:
        return ReferenceEngine(problem)


@cache
def _has_cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())
