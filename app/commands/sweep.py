"""`python -m app sweep`: the phase diagram of /minority for a file of settings."""

from typing import BinaryIO

import click
import numpy as np

from app.commands.engines import compute, scheduler_option
from app.commands.output import STDOUT, check_writable, write_binary
from app.commands.run import read_spec
from app.commands.tables import aligned, sentences
from app.runs import Run, default_store, run_bytes
from app.runs.words import LARGEST_TEXT
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import findings, measured_phases
from app.ufm.sweep_measure import NOTHING
from app.ufm.sweep_theory import PHASES, SweepTheory, sweep_theory


@click.command("sweep", context_settings={"max_content_width": 100})
@click.argument("settings", metavar="SPEC.json", type=click.File("rb"))
@click.option(
    "--out", metavar="FILE", help="Write the run to FILE, - for stdout, instead of the local store."
)
@scheduler_option
def command(settings: BinaryIO, out: str | None, scheduler: str | None) -> None:
    """Solve a grid of imbalance ratios and decays, say what it shows, and store the run.

    SPEC.json is that of `run`, of kind SweepSpec.
    """
    if out is not None:
        check_writable(out)
    run = compute(read_spec(settings.read(LARGEST_TEXT + 1), (SweepSpec,)), scheduler)
    assert isinstance(run.spec, SweepSpec)
    click.echo(_text(run.spec, run), err=out == STDOUT)
    if out is None:
        click.echo(f"Stored as {default_store().save(run)}")
    else:
        write_binary(out, run_bytes(run))


def _text(spec: SweepSpec, run: Run) -> str:
    theory = sweep_theory(spec)
    rows, columns = spec.decays.size, spec.ratios.size
    head = f"{spec.id}  {columns} ratios x {rows} decays  {run.provenance['seconds']} s"
    table = _phase_table(run, theory) if spec.profile == "step" else _rank_table(run)
    said = [sentences(f"- {line}") for line in findings(spec, run.arrays, theory)]
    return "\n".join([head, aligned(table, left=1), "", *said, sentences(theory.statement)])


def _phase_table(run: Run, theory: SweepTheory) -> list[list[str]]:
    """Cells of each phase by measurement and theory, and the distances measured."""
    found, distance = measured_phases(run.arrays), run.arrays["minority_distance"]
    table = [["phase", "measured", "theory", "largest distance of minority vectors / ||W||"]]
    for n, name in enumerate(PHASES):
        inside = distance[found == n]
        span = f"{_size(inside.min())} to {_size(inside.max())}" if inside.size else "-"
        expected = str((theory.phases == n).sum()) if n < len(theory.names) else "-"
        table.append([name, str(inside.size), expected if theory.known else "-", span])
    return table


def _size(distance: float) -> str:
    return "0" if distance < NOTHING else f"{distance:.3g}"


def _rank_table(run: Run) -> list[list[str]]:
    """Cells of each rank of the logits."""
    ranks, cells = np.unique(run.arrays["rank"], return_counts=True)
    counted = zip(ranks, cells, strict=True)
    return [["rank", "cells"], *([f"{rank:.0f}", str(n)] for rank, n in counted)]
