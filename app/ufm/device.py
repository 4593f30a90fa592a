"""What trains a model, and where."""

from app.device import device_for
from app.ufm.dynamics import CompiledEngine, Engine, ReferenceEngine
from app.ufm.problem import Problem
from app.ufm.spec import UFMSpec


def device_of(spec: UFMSpec) -> str:
    """Return the device on which a model of these settings is trained.

    Class means left to choose stay on the processor: a step on them takes less time there than one
    launch on a GPU. L-BFGS always does.

    Raises
    ------
    UserError
        If a device is asked for that is not there.
    """
    device = device_for(spec.device, pays=spec.per_sample)
    return "cpu" if spec.optimizer == "lbfgs" else device


def engine_on(device: str, problem: Problem, dtype: str) -> Engine:
    """Return what takes the steps: CUDA, compiled code, or NumPy where numba is not installed."""
    if device != "cpu":
        from app.ufm.torch_engine import TorchEngine

        return TorchEngine(problem, dtype, device)
    try:
        return CompiledEngine(problem, dtype)
    except ImportError:
        return ReferenceEngine(problem)
