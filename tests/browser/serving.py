"""Start the app as a user does, on a free port, for the browser tests and the screenshots."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """A running app: where it answers and where it logs."""

    url: str
    log: Path

    def read_log(self) -> str:
        """Return everything logged so far."""
        return self.log.read_text(errors="replace")


@contextmanager
def serving(log: Path) -> Iterator[Server]:
    """Run the app until the block ends, warm-up included.

    Raises
    ------
    RuntimeError
        If it does not answer; with its log.
    """
    server = Server(f"http://127.0.0.1:{(port := _free_port())}", log)
    environment = {k: v for k, v in os.environ.items() if k != "COLLAPSE_LAB_WARM_UP"}
    environment["COLLAPSE_LAB_RUNS"] = str(log.with_name("runs"))
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", f"--port={port}", "--host=127.0.0.1"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(server, process)
        yield server
    finally:
        _end_group(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the app did not start:\n{server.read_log()}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Stop the server and whatever it started: gently, then by force what is left."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=5)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=5)
