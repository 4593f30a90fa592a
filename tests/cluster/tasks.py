"""What workers are given to do in tests."""

import os
import time
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.runs import Snapshot


def squared(number):
    return number**2


def pid(_):
    return os.getpid()


def slow_pid(_):
    time.sleep(0.1)
    return os.getpid()


def held_after(item):
    """Let the first one through."""
    return held(item) if item[1] else 0


def held(item):
    """Leave a note of who computes, and wait until the folder has a file "go"."""
    folder, number = item
    (folder / f"{number}-{os.getpid()}").touch()
    wait_until((folder / "go").exists)
    return number**2


def refused(number):
    raise UserError(f"number must be even, got {number}.")


def broken(number):
    raise ZeroDivisionError


def deadly(_):
    os.kill(os.getpid(), 9)


def counted(steps, seconds):
    """Snapshots that know their process and whose step follows from the one before."""
    value = np.ones(3)
    for step in range(steps):
        time.sleep(seconds)
        yield Snapshot(step, {"value": value, "pid": np.array(os.getpid())}, {"step": float(step)})
        value = np.sin(value + step)


def left_behind(note):
    """Leave a note when the computation is ended before its end."""
    try:
        yield from counted(10_000, 0.01)
    finally:
        Path(note).touch()


def wait_until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)
