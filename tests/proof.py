"""What the app withstands, as a table in the README: `make proof`.

Runs the load driver, the faults, the attacks, the cluster's benchmark and the GPU's, keeps what
they measured with date and machine in docs/proof.json, and writes the table from that file.
`make proof ARGS=load` measures one part again and leaves the others, with their dates, alone.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from app.ui.footer import device

ROOT = Path(__file__).resolve().parents[1]
KEPT, README = ROOT / "docs/proof.json", ROOT / "README.md"
BEGIN, END = "<!-- made by `make proof` -->", "<!-- /made by `make proof` -->"

Found = dict[str, Any]
Line = tuple[str, str]
"""What was done, and what came of it."""

# Of the loads those of some minutes; `python -m tests.load` has visitors walk and come back, too.
_LOADS = ("start", "follow", "commit", "hosted", "watch", "idle", "beside")
COMMANDS = {
    "load": ["tests.load", *_LOADS, "--seconds", "10", "--json"],
    "faults": ["tests.faults", "--json"],
    "attack": ["tests.attack", "--out"],
    "cluster": ["tests.cluster", "--json"],
    "gpu": ["tests.gpu", "--json"],
}
PARTS = tuple(COMMANDS)


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--table", is_flag=True, help="Measure nothing: write the table again.")
def main(parts: tuple[str, ...], table: bool) -> None:
    kept: Found = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for part in () if table else parts or PARTS:
        click.echo(f"== {part}")
        kept[part] = {"date": _today(), "machine": device(), "found": measured(part)}
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    README.write_text(with_table(README.read_text(), kept))


def measured(part: str) -> Found:
    """Run the command of a part and return what it wrote.

    A fault that was not survived or a test that failed is a result, which the table shows; a
    command that wrote nothing is an error.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        subprocess.run([sys.executable, "-m", *COMMANDS[part], str(out)], cwd=ROOT, check=False)
        if not out.exists():
            raise click.ClickException(f"{part} wrote no result")
        found: Found = json.loads(out.read_text())
        return found


def with_table(readme: str, kept: Found) -> str:
    """Return the README with the table between its two marks made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise click.ClickException(f"README.md has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{as_table(kept)}\n{END}{after}"


def as_table(kept: Found) -> str:
    """Return the table, a line for each thing that was measured."""
    lines = ["| what | result | measured |", "|---|---|---|"]
    for part in PARTS:
        if part in kept:
            when = f"{kept[part]['date']}, {kept[part]['machine']}"
            told = LINES[part](kept[part]["found"])
            lines += [f"| {what} | {result} | {when} |" for what, result in told]
    return "\n".join(lines)


def _load(found: Found) -> Iterator[Line]:
    for row in found["rows"]:
        yield from _load_row(row)


def _load_row(row: Found) -> Iterator[Line]:
    number, acts = row["sessions"], row["actions"]
    errors = "no error" if not row["errors"] else f"{row['errors']} errors"
    visitors = f"{number} visitor{'s' if number > 1 else ''}"
    if row["load"] == "start":
        first, warm = (
            max(act["p50_ms"] for name, act in acts.items() if name.startswith(kind))
            for kind in ("first", "warm")
        )
        yield "start", f"server up in {_ms(acts['server up']['p50_ms'])}"
        yield "slowest page, first and second visit", f"{_ms(first)}, {_ms(warm)}"
    elif row["load"].startswith("commit"):
        yield (
            f"{visitors}, {row['load'].removeprefix('commit ')}: gamma once a second",
            (
                f"95th percentile {_ms(acts['commit gamma']['p95_ms'])}, {errors}, "
                f"processor {row['server_cpu_percent']:.0f} % of a core"
            ),
        )
    elif row["load"] == "walk":
        slowest = max(acts.items(), key=lambda item: item[1]["p95_ms"])
        yield (
            f"{visitors} walking through the app",
            (
                f"slowest action: {slowest[0]}, 95th percentile {_ms(slowest[1]['p95_ms'])}; "
                f"{errors}; sessions left: {row.get('left_alive', 0)}"
            ),
        )
    elif row["load"] == "follow a link":
        link, act = max(acts.items(), key=lambda item: item[1]["p99_ms"])
        slowest = f"slowest: {link.removeprefix('open ')}, 99th percentile {_ms(act['p99_ms'])}"
        yield f"{visitors} opening one new link at once", f"{slowest}; {errors}"
    elif row["load"] == "watch a run":
        shown = acts.get("frame shown", acts.get("feed"))
        yield (
            f"{visitors} watching a live run",
            (
                f"{row['frames_per_second']} frames a second, gaps {_ms(shown['p50_ms'])} "
                f"(95th percentile {_ms(shown['p95_ms'])}), {errors}"
            ),
        )
    elif row["load"] == "idle":
        yield f"{visitors} with an open page", f"{row['server_memory_mb']:,.0f} MB, {errors}"
    elif row["load"] == "waves":
        memory = row["memory_mb_of_waves"]
        yield (
            f"{len(memory)} waves of {visitors}",
            (
                f"memory {memory[0]:,.0f} MB after the first, {memory[-1]:,.0f} MB after the last; "
                f"{errors}"
            ),
        )
    else:
        yield (
            f"{visitors} committing {row['load']}",
            (f"95th percentile {_ms(acts['commit gamma']['p95_ms'])}, {errors}"),
        )


def _faults(found: Found) -> Iterator[Line]:
    kept = [fault for fault in found["faults"] if fault["kept"] == "yes"]
    yield "faults survived, each with its promise kept", f"{len(kept)} of {len(found['faults'])}"
    for fault in found["faults"]:
        if fault["kept"] != "yes":
            yield f"{fault['what']}, {fault['where']}", fault["kept"]


def _attack(found: Found) -> Iterator[Line]:
    for kind in ("files", "values", "addresses"):
        some = found[kind]
        result = (
            f"{some['answered']} of {some['inputs']}, the slowest in {some['worst_seconds']:.1f} s"
        )
        if "worst_memory_multiple" in some:
            result += (
                f", memory at most {some['worst_memory_multiple']} times the largest file allowed"
            )
        yield f"hostile {kind} answered, no trace shown", result
    frames = found["frames"]
    yield "hostile frames withstood", f"{frames['answered']} of {frames['inputs']}"
    beside = found["neighbour"]
    yield "another visitor meanwhile", f"95th percentile {1000 * beside['p95_seconds']:.0f} ms"


def _cluster(found: Found) -> Iterator[Line]:
    for name, sweep in found["sweeps"].items():
        yield (
            f"sweep {name}: {sweep['seconds']} s here on one core",
            (
                f"one worker takes {sweep['one worker']} times as long, "
                f"two take {sweep['two workers']} times as long"
            ),
        )


def _gpu(found: Found) -> Iterator[Line]:
    name, _, result = found["summary"].partition(": ")
    yield name, result


LINES: dict[str, Callable[[Found], Iterator[Line]]] = {
    "load": _load,
    "faults": _faults,
    "attack": _attack,
    "cluster": _cluster,
    "gpu": _gpu,
}


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main(prog_name="python -m tests.proof")
