"""The machine, and the limits of its card as a plain copy and a plain product show them."""

import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import torch

from app.device import cores

_SIDE = 8192
_BYTES = 2**30


def origin() -> dict[str, str | int]:
    """Return what a table needs to say where figures come from."""
    cuda = torch.cuda.is_available()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.machine(),
        "cores": cores(),
        "torch": torch.__version__,
        "card": torch.cuda.get_device_name() if cuda else "none",
        "driver": (_asked_driver("driver_version") or "unknown") if cuda else "none",
    }


def why_no_gpu() -> str:
    """Say in one sentence what is missing, and what to install where that is torch."""
    card = _asked_driver("name")
    if card is None:
        return "There is no GPU here (no nvidia-smi that names one), so nothing was run on one."
    if torch.version.cuda is None:
        plain = torch.__version__.partition("+")[0]
        return (
            f"There is a GPU ({card}), but torch {torch.__version__} is a build without CUDA: "
            f"install the CUDA build of torch=={plain} over it (pip's default one on Linux), "
            "with its nvidia-* packages, and run this again."
        )
    return (
        f"There is a GPU ({card}), but torch {torch.__version__} for CUDA {torch.version.cuda} "
        "cannot use it: its driver may be older than that, or CUDA_VISIBLE_DEVICES may hide it."
    )


def limits() -> dict[str, float]:
    """Return bytes/s of a copy on the card, and operations/s of products in both precisions."""
    source = torch.empty(_BYTES, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    found = {"bytes": 2 * _BYTES / _seconds(lambda: target.copy_(source))}
    for dtype in (torch.float64, torch.float32):
        a = torch.randn(_SIDE, _SIDE, dtype=dtype, device="cuda")
        out = torch.empty_like(a)
        seconds = _seconds(lambda a=a, out=out: torch.mm(a, a, out=out))
        found[str(dtype).removeprefix("torch.")] = 2 * _SIDE**3 / seconds
    return found


def _seconds(act: Callable[[], object]) -> float:
    """Median of ten, after one that is not counted."""
    times = []
    for _ in range(11):
        torch.cuda.synchronize()
        start = time.perf_counter()
        act()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return median(times[1:])


def _asked_driver(field: str) -> str | None:
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    asked = subprocess.run(
        [command, f"--query-gpu={field}", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return (asked.stdout.split("\n")[0].strip() or None) if asked.returncode == 0 else None
