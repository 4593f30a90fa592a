"""Attack a server of this app and print what it withstood: ``python -m tests.attack``.

Starts a server of its own on a free port of this machine, unless ``--url`` names one.
"""

import asyncio
import json
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from tests.attack.live import attack_everything
from tests.browser.serving import serving


@click.command()
@click.option("--url", help="A server on this machine; by default one is started.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the summary too.")
@click.option("--verbose", is_flag=True, help="Every attack as it is answered.")
def main(url: str | None, out: Path | None, verbose: bool) -> None:
    """Throw hostile files, values, addresses and frames at a server; print a summary as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        place = nullcontext(None) if url else serving(Path(folder) / "log.txt")
        with place as server:
            summary = asyncio.run(
                attack_everything(
                    url or server.url,
                    None if url else _process_of(server.url),
                    click.echo if verbose else lambda _: None,
                )
            )
            if server is not None:
                summary["tracebacks_logged"] = server.read_log().count("Traceback")
    text = json.dumps(summary, indent=2)
    click.echo(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")


def _process_of(url: str) -> int:
    """The process that this one started and that serves the address."""
    port = url.rpartition(":")[2]
    for name in os.listdir("/proc"):
        if name.isdigit() and f"--port={port}".encode() in _command(name):
            return int(name)
    raise click.ClickException("the server's process is not there")


def _command(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main()
