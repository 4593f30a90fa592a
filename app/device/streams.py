"""Work on a GPU: a stream for each piece of it, and graphs that replay a step."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from weakref import WeakSet

import torch
from torch import Tensor

_WARM_UPS = 3
_log = logging.getLogger(__name__)
# Beginning a capture waits for the whole device, which must not meet another capture.
_capturing = threading.Lock()
# torch deals streams out in turn and begins again after so many.
_STREAMS = 32
_dealing = threading.Lock()


class Lane:
    """Where one computation queues its work, in order, apart from that of other threads.

    A stream of its own on CUDA, until it is forgotten; on the CPU it does nothing. All tensors of a
    computation are made and used inside the lane: ``with lane():``.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            with _dealing:
                self._stream = _untaken(device)
                _living.add(self)

    def __call__(self) -> AbstractContextManager[object]:
        """Return the context in which work goes to this lane; it also makes the device current."""
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    @property
    def replays(self) -> bool:
        """Whether a step is replayed from a graph."""
        return self._stream is not None

    def replayed(self, step: Callable[[], None], state: Sequence[Tensor]) -> Callable[[], None]:
        """Return what takes a step: on CUDA a graph of it, elsewhere the step itself.

        Parameters
        ----------
        step : callable
            Works in place on tensors that stay where they are, and never asks for a value.
        state : sequence of Tensor
            What the step changes; it is as before when this returns.
        """
        if self._stream is None:
            return step
        with self():
            before = [part.clone() for part in state]
            try:
                for _ in range(_WARM_UPS):  # Libraries set themselves up before the capture.
                    step()
                return self._captured(step)
            finally:
                for part, value in zip(state, before, strict=True):
                    part.copy_(value)

    def _captured(self, step: Callable[[], None]) -> Callable[[], None]:
        graph = torch.cuda.CUDAGraph()
        try:
            # Other threads may use the device meanwhile, but none may begin a capture.
            with (
                _capturing,
                torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"),
            ):
                step()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            _log.warning("No CUDA graph of a step could be made; it is launched", exc_info=True)
            return step
        return graph.replay


def release(device: torch.device) -> None:
    """Give memory back that is only cached, between captures."""
    if device.type == "cuda":
        with _capturing, torch.cuda.device(device):
            torch.cuda.empty_cache()


def _untaken(device: torch.device) -> torch.cuda.Stream:
    """A stream that no other lane has: what others queue to it would end up in a capture."""
    taken = {lane._stream for lane in _living}
    for _ in range(_STREAMS):
        stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        if stream not in taken:
            return stream
    raise RuntimeError(f"more than {_STREAMS} computations at a time on {device}")


_living: "WeakSet[Lane]" = WeakSet()
