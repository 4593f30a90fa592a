"""Load the app of this machine and print what that costs: ``python -m tests.load --help``."""

import asyncio
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.load import scenarios
from tests.load.process import hosted, listening, started
from tests.load.scenarios import HEAVY, Row
from tests.load.session import check_loopback
from tests.proxy import nginx

MOST_SESSIONS = 200
LOADS = ("start", "walk", "follow", "commit", "hosted", "watch", "idle", "waves", "beside")
STANDARD = "1,5,20,50,100"


@click.command()
@click.argument("loads", nargs=-1, type=click.Choice(LOADS))
@click.option("--url", help="A server of this machine; by default one is started.")
@click.option("--sessions", help=f"Numbers of visitors, by default {STANDARD} and as loads need.")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 600))
@click.option(
    "--page", default="boundaries", show_default=True, help="Where `commit` and `hosted` commit."
)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Where the rows go, too.")
def main(
    loads: tuple[str, ...],
    url: str | None,
    sessions: str | None,
    seconds: float,
    page: str,
    out: Path | None,
) -> None:
    """Have visitors do LOADS, all of them by default, and print a table.

    `hosted` is `commit` on two servers behind nginx.
    """
    if url is not None:
        try:
            check_loopback(url)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url") from error
    rows: list[Row] = []
    for load in loads or LOADS:
        for number in _numbers(sessions, load):
            # A server of its own for each: what one load leaves behind is not the next one's.
            with ExitStack() as stack:
                found = _run(load, number, seconds, page, url, stack)
            rows += found
            click.echo("\n".join(line for row in found for line in lines(row)))
    if out is not None:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        out.write_text(json.dumps({"created": when, "rows": rows}, indent=1) + "\n")


def _numbers(text: str | None, load: str) -> list[int]:
    standard = {"start": "1", "follow": "50", "hosted": "20,50,100", "watch": "16", "idle": "100"}
    standard |= {"waves": "10", "beside": "5"}
    try:
        numbers = [int(part) for part in (text or standard.get(load, STANDARD)).split(",")]
    except ValueError as error:
        raise click.BadParameter("must be whole numbers", param_hint="--sessions") from error
    if not all(1 <= number <= MOST_SESSIONS for number in numbers):
        raise click.BadParameter(f"must be 1 to {MOST_SESSIONS}", param_hint="--sessions")
    return numbers


def _run(
    load: str, number: int, seconds: float, page: str, url: str | None, stack: ExitStack
) -> list[Row]:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="collapse-lab-load-")))
    if load == "start":
        return [scenarios.starting(folder)]
    if load == "hosted":
        return _run_hosted(number, seconds, page, folder)
    server = listening(url) if url else stack.enter_context(started(folder))
    if not url:
        asyncio.run(scenarios.warming(server))
    if load == "beside":
        return [
            asyncio.run(scenarios.beside(server, seconds, name, act)) for name, act in HEAVY.items()
        ]
    if load == "commit":
        return [asyncio.run(scenarios.committing(server, number, seconds, page))]
    if load == "follow":
        return [asyncio.run(scenarios.following(server, number))]
    if load == "waves":
        return [asyncio.run(scenarios.returning(server, number, max(3, int(seconds))))]
    act = {"walk": scenarios.walking, "watch": scenarios.watching, "idle": scenarios.idling}[load]
    return [asyncio.run(act(server, number, seconds))]


def _run_hosted(number: int, seconds: float, page: str, folder: Path) -> list[Row]:
    if nginx.find() is None:
        click.echo(f"\nhosted: {nginx.MISSING}")
        return []
    with hosted(folder, 2) as hosting:
        for server in hosting.servers:
            asyncio.run(scenarios.warming(server))
        return [asyncio.run(scenarios.committing(hosting, number, seconds, page))]


def lines(found: Row) -> list[str]:
    """A row as a table of its actions, under what the server and the driver used."""
    head = (
        f"\n{found['load']}, {found['sessions']} sessions, {found['wall_s']} s: "
        f"server {found['server_cpu_percent']:.0f}% CPU, {found['server_memory_mb']:.0f} MB; "
        f"driver {found['driver_cpu_percent']:.0f}% CPU; errors {found['errors']}"
    )
    told = [head + (f" ({found['first_error'][:200]})" if found["errors"] else "")]
    told.append(f"  {'action':24} {'count':>6} {'p50':>8} {'p95':>8} {'p99':>8} ms")
    told += [
        f"  {name:24} {some['count']:6} {some['p50_ms']:8} {some['p95_ms']:8} {some['p99_ms']:8}"
        for name, some in found["actions"].items()
    ]
    more = {k: v for k, v in found.items() if k.startswith(("left", "grown", "frames"))}
    more |= {k: v for k, v in found.items() if k.endswith("of_waves")}
    return told + [f"  {name.replace('_', ' ')}: {value}" for name, value in more.items()]


if __name__ == "__main__":
    main(prog_name="python -m tests.load")
