"""`python -m tests.gpu`: the GPU tests, then CPU against GPU, in one go of a few minutes.

`--json OUT` writes the same for machines. Without a GPU it says so and ends well; `--cpu` then runs
the tests' CPU side and the CPU column.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import click
import torch

from app.device import Wish
from tests.gpu.card import limits, origin, why_no_gpu
from tests.gpu.work import Work, works

ROOT = Path(__file__).resolve().parents[2]
# Seconds after which a call is not timed once more, and those left for all, of the 480 it may take.
_ENOUGH, _ALL = 3.0, 400.0


@click.command(help=__doc__)
@click.option("--cpu", is_flag=True, help="Run the CPU side where there is no GPU.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Also write.")
def main(cpu: bool, out: Path | None) -> None:
    start = time.perf_counter()
    cuda = torch.cuda.is_available()
    click.echo(", ".join(f"{name} {value}" for name, value in origin().items()))
    found: dict[str, Any] = {"origin": origin(), "run_on_gpu": cuda}
    if not cuda:
        found["why"] = why_no_gpu()
        click.echo(found["why"])
    if cuda or cpu:
        found["tests"] = _tested()
        found["limits"] = limits() if cuda else {}
        for name, value in found["limits"].items():
            click.echo(f"measured limit, {name}: {value / 1e12:.2f} T/s")
        found["table"] = []
        click.echo(_line(["", "unit", "CPU", "GPU", "GPU/CPU", "bandwidth", "flops"]))
        for work in works():
            if time.perf_counter() - start > _ALL:
                click.echo(f"{work.name}: left out, for time is up")
                continue
            found["table"].append(_row(work, found["limits"]))
            click.echo(_line(_words(found["table"][-1])))
    found["summary"] = _summary(found)
    click.echo(f"{time.perf_counter() - start:.0f} s\n{found['summary']}")
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(int(found.get("tests", {}).get("status", 0)))


def _tested() -> dict[str, Any]:
    """Run the GPU tests in a process of their own, so that its memory is free again."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/gpu"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    click.echo("\n".join(lines if done.returncode else lines[-1:]) or done.stderr)
    return {
        "status": done.returncode,
        "words": lines[-1] if lines else "",
        "seconds": round(time.perf_counter() - start, 1),
    }


def _row(work: Work, most: dict[str, float]) -> dict[str, Any]:
    """Times of a work on both devices, and how near the GPU comes to its limits."""
    row: dict[str, Any] = {"name": work.name, "unit": work.unit, "count": work.count}
    devices: list[Wish] = ["cpu", "cuda"] if most else ["cpu"]
    for device in devices:
        row[device] = _seconds(work.prepared(device))
    if most:
        row["ratio"] = row["cpu"] / row["cuda"]
        if work.moved:
            row["of_bandwidth"] = work.moved / row["cuda"] / most["bytes"]
            row["of_flops"] = work.multiplied / row["cuda"] / most[work.dtype]
    return row


def _seconds(act: Callable[[], object]) -> float:
    """Median of up to five, after one that is not counted; each ends with results on the host."""
    start = time.perf_counter()
    act()
    times: list[float] = []
    while len(times) < 5 and (not times or time.perf_counter() - start < _ENOUGH):
        before = time.perf_counter()
        act()
        times.append(time.perf_counter() - before)
    return median(times)


def _summary(found: dict[str, Any]) -> str:
    """The one line that counts."""
    if not found["run_on_gpu"]:
        return "GPU against CPU: not run"
    ratios = [f"{row['ratio']:.1f}x for {row['name']}" for row in found["table"]]
    failed = "" if found["tests"]["status"] == 0 else "; its tests FAILED"
    return f"GPU against CPU, {found['origin']['card']}: {'; '.join(ratios)}{failed}"


def _words(row: dict[str, Any]) -> list[str]:
    def speed(device: str) -> str:
        if device not in row:
            return "not run"
        value = 1e3 * row[device] if row["unit"] == "ms" else row["count"] / row[device]
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"

    def share(name: str) -> str:
        return f"{row[name]:.1%}" if name in row else ""

    ratio = f"{row['ratio']:.2f}x" if "ratio" in row else ""
    last = [ratio, share("of_bandwidth"), share("of_flops")]
    return [row["name"], row["unit"], speed("cpu"), speed("cuda"), *last]


def _line(cells: list[str]) -> str:
    widths = (58, 14, 12, 12, 9, 10, 8)
    first, *rest = (
        f"{c:{'<' if i < 2 else '>'}{w}}"
        for i, (c, w) in enumerate(zip(cells, widths, strict=True))
    )
    return " ".join([first, *rest]).rstrip()


if __name__ == "__main__":
    main()
