"""nginx with the configuration that ships in deploy/, on a free port of this machine.

`python -m tests.proxy.nginx --install` fetches Debian's where there is none: the program alone,
beside the Python that tests use, so that no server of the machine is set up or started.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.server import ROOT, free_port

TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
FETCHED = Path(sys.prefix) / "share" / "nginx-of-debian"
MISSING = "no nginx here: install the package nginx"

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
    """Return the path of an nginx that starts, or None."""
    places = ["/usr/sbin", "/usr/local/sbin", str(FETCHED / "usr" / "sbin")]
    path = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), *places]))
    if path is None or subprocess.run([path, "-v"], capture_output=True).returncode:
        return None
    return path


def fetch() -> None:
    """Unpack Debian's nginx, as far as apt-get knows it."""
    with tempfile.TemporaryDirectory() as folder, suppress(OSError):
        subprocess.run(["apt-get", "-qq", "download", "nginx"], cwd=folder, capture_output=True)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, FETCHED], capture_output=True)


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
    servers = [f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports]
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


def main() -> None:
    """Print the nginx that tests use, fetching one first if asked and needed."""
    if find() is None and "--install" in sys.argv[1:]:
        fetch()
    path = find()
    print(f"Proxy tests use {path}" if path else f"Proxy tests: {MISSING}")


if __name__ == "__main__":
    main()
