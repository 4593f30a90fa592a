"""Find a Chromium for the browser tests and the screenshots, or install Debian's.

`python -m tests.browser.chromium --install` prints which one is used, or why there is none.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

PACKAGES = ("chromium", "fonts-liberation")

# Nothing but the page under test may use the network, nor look up a name. Containers have no
# user namespaces for the sandbox; the pages are our own.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

MISSING = (
    "no Chromium here: install the package chromium (or google-chrome-stable), "
    "or set CHROMIUM to a browser's path"
)


def find() -> str | None:
    """Return the path of a Chromium that starts, $CHROMIUM first, or None."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        path = shutil.which(name) if name else None
        if path and _starts(path):
            return path
    return None


def install() -> str | None:
    """Install Debian's chromium where that needs no password; return why not, or None."""
    prefix = _as_root()
    if prefix is None:
        return "apt-get or the right to use it is missing"
    quiet = ["-qq", "-o=DPkg::Lock::Timeout=300"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            [*prefix, "apt-get", *quiet, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    if done.returncode:
        return f"apt-get failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
    return None


def _starts(path: str) -> bool:
    # Some systems put a stub there that only asks for another package.
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _as_root() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True)
    return None if asked.returncode else ["sudo", "-n"]


def main() -> None:
    """Print the browser that tests use, installing one first if asked and needed."""
    path, why = find(), None
    if path is None and "--install" in sys.argv[1:]:
        print("Installing Chromium for the browser tests", flush=True)
        why = install()
        path = find()
    note = f" ({why})" if why else ""
    print(f"Browser tests use {path}" if path else f"Browser tests: {MISSING}{note}")


if __name__ == "__main__":
    main()
