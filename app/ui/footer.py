"""What stands at the foot of the start page: version and device."""

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import version

import streamlit as st

from app import __version__
from app.device import VARIABLE, cores, override


def footer() -> None:
    """Write version and device; called last, when all else is on the page already."""
    st.caption(f"Collapse Lab {__version__} · {device()}")


@cache
def device() -> str:
    """Return what trains here: the name of the CUDA device, else the cores of the CPU.

    Asks the driver and not torch, whose import would take seconds. What cannot be used is not
    said here but in place of the run that asks for it.
    """
    told = override()
    used = cpu_name() if told == "cpu" else cuda_name(int((told or "").partition(":")[2] or 0))
    used = used or ("no GPU" if told else cpu_name())
    return f"{used}, as {VARIABLE}={told} asks" if told else used


def cpu_name() -> str:
    """Return "CPU, 2 cores", counting the cores this process may use."""
    count = cores()
    return f"CPU, {count} core{'s' if count > 1 else ''}"


def cuda_name(number: int = 0) -> str | None:
    """Return the name of a GPU, counted as torch does, or None without one it was built for."""
    command, visible = shutil.which("nvidia-smi"), _visible(number)
    if command is None or visible is None:
        return None
    if not importlib.util.find_spec("torch") or "+cpu" in version("torch"):
        return None
    try:
        asked = subprocess.run(
            [command, f"--id={visible}", "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.split("\n")[0].strip() or None if asked.returncode == 0 else None


def _visible(number: int) -> str | None:
    """What the driver calls a GPU of this process, which may see a few of them, or none."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if seen is None:
        return str(number)
    names = [name.strip() for name in seen.split(",")]
    return names[number] if number < len(names) and names[number] not in ("", "-1") else None
