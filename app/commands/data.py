"""`python -m app data`: the bundled samples and example files."""

from pathlib import Path

import click

from app.commands.output import STDOUT, check_writable, write, write_binary
from app.commands.tables import aligned
from app.data import TEMPLATE_FORMATS, write_template
from app.data.bundled import SAMPLES, load
from app.data.words import plain
from app.errors import UserError


@click.group("data", context_settings={"max_content_width": 100})
def command() -> None:
    """List and build the bundled samples; write example files of logits."""


@command.command("list")
def list_samples() -> None:
    """List the bundled samples: name, size, training samples of each class, title."""
    if not SAMPLES:
        click.echo("No samples are bundled; `data build` makes them.", err=True)
        return
    click.echo(aligned([_row(name) for name in SAMPLES], left=6))


def _row(name: str) -> tuple[str, ...]:
    upload = load(name)
    rows, classes = upload.logits.shape
    counts = upload.class_counts
    shown = "" if counts is None else f"counts {counts.max():,} to {counts.min():,}"
    return (
        name,
        f"N = {rows:,}",
        f"K = {classes:,}",
        shown,
        plain(upload.metadata.get("title", ""), 60),
    )


@command.command()
@click.argument("name")
@click.option("--source", type=click.Path(path_type=Path), help="Folder of the data set's files.")
@click.option("--out", metavar="FILE", help="File to write instead of the bundled one.")
def build(name: str, source: Path | None, out: str | None) -> None:
    """Train the network of the bundled sample NAME and write its file; takes minutes."""
    from app.data.build import build as build_sample

    if out is not None:
        check_writable(out)
    try:
        path = build_sample(
            name, source=source, out=None if out is None else Path(out), progress=_progress
        )
    except OSError as error:
        raise UserError(f"{name} cannot be built ({error.strerror or error}).") from error
    click.echo(path)


def _progress(share: float, text: str) -> None:
    click.echo(f"{share:4.0%}  {text}", err=True)


@command.command()
@click.argument("format", type=click.Choice(TEMPLATE_FORMATS))
@click.argument("out", default=STDOUT)
def template(format: str, out: str) -> None:
    """Write a small example file to OUT, or to stdout: 12 rows, 4 classes."""
    check_writable(out)
    put = write if format == "csv" else write_binary
    put(out, write_template(format))
