"""`python -m app run`: compute what a file of settings asks for."""

from collections.abc import Sequence
from typing import Any, BinaryIO

import click

from app.commands.engines import ENGINES, compute, scheduler_option
from app.commands.options import make_spec
from app.commands.output import STDOUT, check_writable, write_binary
from app.commands.tables import aligned
from app.errors import UserError
from app.runs import Run, default_store, run_bytes
from app.runs.words import LARGEST_TEXT, parse_json, shown
from app.spec import Spec


@click.command("run", context_settings={"max_content_width": 100})
@click.argument("settings", metavar="SPEC.json", type=click.File("rb"))
@click.option(
    "--out", metavar="FILE", help="Write the run to FILE, - for stdout, instead of the local store."
)
@scheduler_option
def command(settings: BinaryIO, out: str | None, scheduler: str | None) -> None:
    """Compute what SPEC.json asks for, and store the run.

    SPEC.json holds {"kind": "UFMSpec", "spec": {...}}, as a preset or `runs show` does, or the
    fields of the settings alone; those left out have their defaults. - is stdin.
    """
    if out is not None:
        check_writable(out)
    run = compute(read_spec(settings.read(LARGEST_TEXT + 1), tuple(ENGINES)), scheduler)
    click.echo(summary(run), err=out == STDOUT)
    if run.metrics.get("diverged"):
        click.echo("Warning: training diverged; this is its last finite state.", err=True)
    if out is None:
        click.echo(f"Stored as {default_store().save(run)}")
    else:
        write_binary(out, run_bytes(run))


def read_spec(content: bytes, kinds: Sequence[type[Spec]]) -> Spec:
    """Return the settings, of one of these kinds, that a JSON file holds.

    Raises
    ------
    UserError
        If it holds none.
    """
    try:
        found = parse_json(content.decode("utf-8"), "SPEC.json")
    except UnicodeDecodeError:
        raise UserError("SPEC.json must be text in UTF-8.") from None
    if not isinstance(found, dict):
        raise UserError('SPEC.json must hold an object such as {"kind": "UFMSpec", "spec": {}}.')
    name = found.get("kind")
    fields = found if name is None else found.get("spec")
    if not isinstance(fields, dict):
        raise UserError(f'"spec" in SPEC.json must be an object, got {shown(fields)}.')
    return make_spec(_kind(name, fields, kinds), fields)


def _kind(name: Any, fields: dict[str, Any], kinds: Sequence[type[Spec]]) -> type[Spec]:
    """The kind of that name; without one, the first that has all the fields."""
    names = {kind.__name__: kind for kind in kinds}
    if name is None:
        return next((k for k in kinds if fields.keys() <= k.model_fields.keys()), kinds[0])
    if not isinstance(name, str) or name not in names:
        raise UserError(
            f'"kind" in SPEC.json must be one of {", ".join(names)}; got {shown(name)}.'
        )
    return names[name]


def summary(run: Run) -> str:
    """Name of a run, and its metrics one a line."""
    head = f"{run.spec.id}  {type(run.spec).__name__}  {run.provenance['seconds']} s"
    metrics = [[name, f"{value:.9g}"] for name, value in run.metrics.items()]
    return f"{head}\n{aligned(metrics, left=1)}" if metrics else head
