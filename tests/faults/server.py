"""The app as a process of its own, to be killed, starved and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
SERVE = (sys.executable, "-m", "app", "serve", "--host=127.0.0.1")


class Server:
    """A running app.

    Parameters
    ----------
    folder : path
        Where it logs, and by default keeps runs.
    runs : path, optional
        Where it keeps runs.
    port : int, optional
        A free one by default; that of a server which was killed, to take its place.
    before : sequence of str, optional
        A command that starts the app, such as one that changes what it sees of the disk.
    environment : mapping of str to str, optional
        Changes; an empty value takes a variable away.
    command : sequence of str, optional
        What to start.
    port_option : str
        How it is told its port.
    root : path
        The folder it is started in.
    """

    def __init__(
        self,
        folder: Path,
        runs: Path | None = None,
        port: int | None = None,
        before: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = SERVE,
        port_option: str = "--port",
        root: Path = ROOT,
    ) -> None:
        self.runs = runs or folder / "runs"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"server-{self.port}-{time.monotonic_ns()}.txt"
        # Tests say what they wait for; the warm-up would only take the processor from them.
        changes = {"COLLAPSE_LAB_RUNS": str(self.runs), "COLLAPSE_LAB_WARM_UP": "0"}
        changes |= environment or {}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*before, *command, f"{port_option}={self.port}"],
                cwd=root,
                env={k: v for k, v in {**os.environ, **changes}.items() if v},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                return
            time.sleep(0.05)
        raise RuntimeError(f"the app did not start:\n{self.logged()}")

    def kill(self) -> None:
        """Kill it without warning, and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def logged(self) -> str:
        """Return what it wrote so far."""
        return self.log.read_text(errors="replace")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
