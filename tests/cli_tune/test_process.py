"""The command as a process: its output in a pipe, and its memory."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli_tune.command import FAST, record

ROOT = Path(__file__).resolve().parents[2]


def test_a_pipe_gets_json_and_stderr_no_progress(file):
    command = [sys.executable, "-W", "error", "-m", "app", "tune", str(file), *FAST]
    done = subprocess.run(
        [*command, "--rule", "mla", "--json", "-"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout) == record(file, "--rule", "mla")


MEASURE = """
import os, sys
from click.testing import CliRunner
from app.cli import app

def status(key):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(key))

def tune(*arguments):
    result = CliRunner().invoke(app, ["tune", *arguments])
    assert result.exit_code == 0, result.output

small, large, labels, *options = sys.argv[1:]
tune(small, "--samples", "20", "--folds", "2")
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = status("VmRSS")
tune(large, "--labels", labels, *options)
print((status("VmHWM") - before) / os.path.getsize(large))
"""


def growth(small, rows, tmp_path, *options):
    """Peak memory of tuning on rows x 1000 float32, in sizes of the file."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 1000, rows)
    logits = rng.standard_normal((rows, 1000), dtype=np.float32)
    logits[np.arange(rows), labels] += 3
    large, y = tmp_path / "large.npy", tmp_path / "y.npy"
    np.save(large, logits)
    np.save(y, labels)
    tail = ("--profile", "exponential", "--head", "1280", "--ratio", "256")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, (small, large, y, *tail, *options))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_memory_stays_below_three_times_the_file(file, tmp_path):
    assert growth(file, 16_000, tmp_path, "--rule", "mla", "--samples", "20") < 3


@pytest.mark.slow
def test_memory_of_fifty_million_numbers(file, tmp_path):
    ratio = growth(file, 50_000, tmp_path)
    print(f"growth {ratio:.2f} times the file")
    assert ratio < 3
