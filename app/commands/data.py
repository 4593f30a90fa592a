"""`python -m app data`: the bundled samples and feature sets, and example files."""

from pathlib import Path

import click

from app.commands.feature_maps import maps
from app.commands.output import STDOUT, check_writable, write, write_binary
from app.commands.tables import aligned
from app.data import TEMPLATE_FORMATS, write_template
from app.data.bundled import FEATURE_SETS, SAMPLES, load, load_features
from app.data.words import plain
from app.errors import UserError


@click.group("data", context_settings={"max_content_width": 100})
def command() -> None:
    """List and build the bundled samples and feature sets; write example files of logits."""


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


@command.command("features")
def list_features() -> None:
    """List the bundled feature sets: name, splits, training samples of each class, title."""
    click.echo(aligned([_feature_row(name) for name in FEATURE_SETS], left=6))


def _feature_row(name: str) -> tuple[str, ...]:
    found = load_features(name)
    parts = (found.train, found.val, found.test)
    counts = found.class_counts
    return (
        name,
        "N = " + " + ".join(f"{len(part.labels):,}" for part in parts if part is not None),
        f"K = {found.num_classes}",
        f"d = {found.dim}",
        f"counts {counts.max():,} to {counts.min():,}",
        plain(found.metadata.get("title", ""), 60),
    )


@command.command()
@click.argument("name")
@click.option(
    "--source", type=click.Path(path_type=Path), help="Folder of the Fashion-MNIST files."
)
@click.option(
    "--out",
    metavar="FILE",
    help="File to write instead of the bundled one; features beside a sample get -features.",
)
def build(name: str, source: Path | None, out: str | None) -> None:
    """Train the network of the sample or feature set NAME and write its files; takes minutes."""
    from app.data.build import build as build_sample

    if out is not None:
        check_writable(out)
    try:
        paths = build_sample(
            name, source=source, out=None if out is None else Path(out), progress=_progress
        )
    except OSError as error:
        raise UserError(f"{name} cannot be built ({error.strerror or error}).") from error
    click.echo("\n".join(map(str, paths)))


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


command.add_command(maps)
