"""What a load has cost: seconds of each action, errors, and the two processes' CPU and memory."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.load.process import Hosting, Process
from tests.load.session import Session


@dataclass
class Tally:
    """Seconds of actions by name, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    def note(self, action: str, seconds: float) -> None:
        """Take how long one action took."""
        self.seconds[action].append(seconds)

    def fail(self, action: str, error: BaseException | str) -> None:
        """Take what went wrong."""
        self.errors.append(f"{action}: {error or type(error).__name__}")

    def heard(self, session: Session) -> None:
        """Take what a session's pages have said went wrong."""
        self.errors += [f"{kind}: {text}" for kind, text in session.said]
        session.said.clear()

    def actions(self) -> dict[str, dict[str, float]]:
        """Number and percentiles in milliseconds of each action."""
        return {name: percentiles(values) for name, values in self.seconds.items()}


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the count, and the 50th, 95th and 99th percentile in milliseconds."""
    low, high, top = 1e3 * np.percentile(seconds, [50, 95, 99])
    return {
        "count": len(seconds),
        "p50_ms": round(float(low), 1),
        "p95_ms": round(float(high), 1),
        "p99_ms": round(float(top), 1),
    }


class Usage:
    """What the server, or all of them, and the driver use from now on."""

    def __init__(self, server: Process | Hosting) -> None:
        self._server = server
        self._began = time.perf_counter()
        self._server_cpu, self._own_cpu = server.cpu(), time.process_time()

    def read(self) -> dict[str, Any]:
        """Return CPU in percent of one core, and the server's memory in megabytes."""
        wall = time.perf_counter() - self._began
        return {
            "wall_s": round(wall, 1),
            "server_cpu_percent": round(100 * (self._server.cpu() - self._server_cpu) / wall, 1),
            "driver_cpu_percent": round(100 * (time.process_time() - self._own_cpu) / wall, 1),
            "server_memory_mb": round(self._server.memory(), 1),
        }
