"""Disks that are full or read-only, seen by one process alone.

The process gets a view of the file system of its own (a mount namespace), so nothing has to be
undone afterwards, and permissions bind even where tests run as root.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

MISSING = "this machine lets tests have no mount namespace (unshare of util-linux, as root or not)"


def full(folder: Path, size: str) -> str:
    """Return the shell command that puts a small empty disk in place of a folder."""
    return f"mount -t tmpfs -o size={size} tmpfs '{folder}'"


def read_only(folder: Path) -> str:
    """Return the shell command that lets a folder be read only."""
    return f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'"


def seeing(*commands: str) -> list[str]:
    """Return what to put before a command so that it sees changed disks; skips where none can."""
    unshare = _unshare()
    if unshare is None:
        pytest.skip(MISSING)
    return [*unshare, "sh", "-ec", "\n".join([*commands, 'exec "$@"']), "sh"]


def inside(pid: int, folder: Path) -> Path:
    """Return where a folder that a process sees can be looked at from outside."""
    return Path(f"/proc/{pid}/root{folder}")


@cache
def _unshare() -> list[str] | None:
    for options in (["-m"], ["-U", "-r", "-m"]):
        if path := shutil.which("unshare"):
            command = [path, *options]
            tried = subprocess.run(
                [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
            )
            if tried.returncode == 0:
                return command
    return None
