"""nginx with the configuration that ships in deploy/, on a free port of this machine."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.server import ROOT, free_port

TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
MISSING = "no nginx here: install the package nginx-light, or nginx"

# What surrounds a file of conf.d; all that is written lies below one folder.
MAIN = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/lab.conf;
}}
"""


def find() -> str | None:
    """Return the path of an nginx, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def filled_in(**values: str) -> str:
    """Return the shipped configuration with its values, as envsubst of the nginx image does."""
    return re.sub(r"\$\{([A-Z]+)\}", lambda found: values[found[1]], TEMPLATE.read_text())


@contextmanager
def proxying(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    """Run nginx before servers of the app; give its address.

    Raises
    ------
    RuntimeError
        If it does not answer; with its log.
    """
    port = free_port()
    servers = [f"server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in ports]
    (folder / "lab.conf").write_text(
        filled_in(
            LISTEN=f"127.0.0.1:{port}",
            SERVERS=" ".join(servers),
            CACHE=f"{folder}/cache",
            UPLOAD="401m",
        )
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder))
    log = folder / "error.log"
    process = subprocess.Popen(
        [find() or "nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", log],
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nginx did not start:\n{log.read_text()}")
