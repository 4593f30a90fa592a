"""`python -m tests.faults.clock serve`: the app under a clock on the wall that a file moves.

The monotonic clock stays: no system sets that back. `datetime` is exchanged where the app asks it
for the time, not everywhere, as libraries in C rely on the class.
"""

import os
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

from app.cli import app
from app.runs import origin, receive

FILE = "CLOCK_OFFSET_FILE"
"""Environment variable: the file that holds seconds to add."""

_time, _time_ns = time.time, time.time_ns


def _offset() -> float:
    path = Path(os.environ[FILE])
    return float(path.read_text() or 0) if path.exists() else 0.0


class _Datetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(time.time(), tz)


if __name__ == "__main__":
    time.time = lambda: _time() + _offset()
    time.time_ns = lambda: _time_ns() + int(_offset() * 1e9)
    for module in (origin, receive):
        vars(module)["datetime"] = _Datetime
    app(prog_name="python -m app")
