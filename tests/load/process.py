"""A server for the driver to load, and what it costs: read from /proc, counted inside on request.

As a module run by itself it is that server: the app as `python -m app serve` starts it, which
writes what it holds to a file when it is sent SIGUSR1.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.serving import ROOT, _end_group, _free_port
from tests.proxy import nginx

TICKS = os.sysconf("SC_CLK_TCK")
# Sessions without a connection are let go so soon here that a test need not wait two minutes.
SESSION_SECONDS = 2


@dataclass(frozen=True)
class Process:
    """A server's process.

    Attributes
    ----------
    url : str
    pid : int
    counts : path or None
        Where it writes what it holds; None for a server that the driver has not started.
    seconds : float
        From its start until it answered.
    """

    url: str
    pid: int
    counts: Path | None = None
    seconds: float = 0.0

    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident megabytes (10^6 bytes)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def held(self, timeout: float = 20) -> dict[str, int]:
        """What the server holds: "sessions" connected or not, "alive" in memory, "objects"."""
        if self.counts is None:
            return {}
        self.counts.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR1)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with suppress(OSError, ValueError):
                found: dict[str, int] = json.loads(self.counts.read_text())
                return found
            time.sleep(0.02)
        raise RuntimeError("the server did not say what it holds")


@dataclass(frozen=True)
class Hosting:
    """Servers behind one address, as `Process` is one.

    Attributes
    ----------
    url : str
    servers : tuple of Process
    """

    url: str
    servers: tuple[Process, ...]

    def cpu(self) -> float:
        """Seconds of CPU that all have used so far."""
        return sum(server.cpu() for server in self.servers)

    def memory(self) -> float:
        """Resident megabytes (10^6 bytes) of all."""
        return sum(server.memory() for server in self.servers)


@contextmanager
def started(folder: Path) -> Iterator[Process]:
    """Run the app in a process of its own until the block ends; its runs go to the folder."""
    port, log, counts = _free_port(), folder / "log.txt", folder / "held.json"
    environment = {k: v for k, v in os.environ.items() if k != "COLLAPSE_LAB_WARM_UP"}
    environment["COLLAPSE_LAB_RUNS"] = str(folder / "runs")
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.load.process", str(port), str(counts)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        if not answers(url, process, 60):
            raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')}")
        yield Process(url, process.pid, counts, time.monotonic() - began)
    finally:
        _end_group(process)


@contextmanager
def hosted(folder: Path, number: int) -> Iterator[Hosting]:
    """Run as many servers of the app behind nginx, set up as deploy/ does, until the block ends."""
    with ExitStack() as stack:
        folders = [folder / str(k) for k in range(number)]
        for place in folders:
            place.mkdir()
        servers = tuple(stack.enter_context(started(place)) for place in folders)
        ports = [int(server.url.rpartition(":")[2]) for server in servers]
        yield Hosting(stack.enter_context(nginx.proxying(folder, ports)), servers)


def answers(url: str, process: subprocess.Popen[bytes], timeout: float) -> bool:
    """Wait until a server says that it is well."""
    from urllib.request import urlopen

    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urlopen(f"{url}/_stcore/health", timeout=2):
            return True
        time.sleep(0.02)
    return False


def listening(url: str) -> Process:
    """Find the process of this machine that listens at a URL's port.

    Raises
    ------
    RuntimeError
        If there is none that this user may look at.
    """
    port = int(url.rpartition(":")[2].strip("/"))
    sockets = {inode for local, state, inode in _sockets() if state == "0A" and local == port}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                files = {os.readlink(file) for file in (entry / "fd").iterdir()}
                if any(f"socket:[{inode}]" in files for inode in sockets):
                    return Process(url, int(entry.name))
    raise RuntimeError(f"no process listens at {url}")


def _sockets() -> Iterator[tuple[int, str, str]]:
    """Local port, state and inode of each TCP socket."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                yield int(fields[1].rpartition(":")[2], 16), fields[3], fields[9]


def _count(path: Path) -> None:
    from streamlit.runtime import get_instance
    from streamlit.runtime.app_session import AppSession

    gc.collect()
    objects = gc.get_objects()
    held: dict[str, Any] = {
        "sessions": len(get_instance()._session_mgr.list_sessions()),
        "alive": sum(isinstance(thing, AppSession) for thing in objects),
        "objects": len(objects),
    }
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(held))
    partial.replace(path)


def main(port: str, counts: str) -> None:
    """Serve."""
    from app.cli import app

    signal.signal(signal.SIGUSR1, lambda *_: _count(Path(counts)))
    app(
        [
            "serve",
            f"--port={port}",
            "--host=127.0.0.1",
            f"--server.disconnectedSessionTTL={SESSION_SECONDS}",
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
