"""What stands at the foot of the start page: version and device."""

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import version

import streamlit as st

from app import __version__


def footer() -> None:
    """Write version and device; called last, when all else is on the page already."""
    st.caption(f"Collapse Lab {__version__} · {device()}")


@cache
def device() -> str:
    """Return what trains here: the name of the CUDA device, else the cores of the CPU.

    Asks the driver and not torch, whose import would take seconds.
    """
    return cuda_name() or cpu_name()


def cpu_name() -> str:
    """Return "CPU, 2 cores", counting the cores this process may use."""
    known = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"


def cuda_name() -> str | None:
    """Return the name of the first GPU, or None without one that torch was built for."""
    command = shutil.which("nvidia-smi")
    if command is None or not importlib.util.find_spec("torch") or "+cpu" in version("torch"):
        return None
    try:
        asked = subprocess.run(
            [command, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = asked.stdout.split("\n")
    return names[0].strip() or None if asked.returncode == 0 else None
