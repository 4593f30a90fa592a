"""`python -m app runs`: the stored runs."""

import json
import math
import random

import click

from app.commands.engines import compute, shipped_kinds
from app.commands.tables import aligned
from app.errors import UserError
from app.runs import Entry, RunStore, default_store
from app.runs.compare import largest_difference
from app.runs.presets import presets
from app.runs.store import BUNDLED
from app.spec import Spec

# Machines round differently: NumPy in the place of compiled code changed trained models by up to
# 3e-11, and the optima of sweeps are converged to about 1e-8.
TOLERANCE = 1e-6


@click.group("runs", context_settings={"max_content_width": 100})
def command() -> None:
    """List, show, check and rebuild the stored runs.

    Those that ship with the app are in cached_runs; those made here in cached_runs/local, or in
    the folder that the environment variable COLLAPSE_LAB_RUNS names.
    """


@command.command("list")
def list_runs() -> None:
    """List the runs, newest first: id, kind, when, size, whether it ships with the app."""
    entries, problems = default_store().list()
    titles = _titles()
    if entries:
        click.echo(aligned([_row(entry, titles) for entry in entries], left=6))
    for problem in problems:
        click.echo(f"Warning: {problem}", err=True)


def _row(entry: Entry, titles: dict[str, str]) -> list[str]:
    return [
        entry.id,
        entry.kind,
        entry.created,
        f"{entry.size / 1000:,.0f} kB",
        "bundled" if entry.bundled else "local",
        titles.get(entry.id, ""),
    ]


@command.command()
@click.argument("id")
def show(id: str) -> None:
    """Print the settings, metrics, origin and arrays of the run ID as JSON.

    `run` takes what this prints, and computes it again.
    """
    run = default_store().load(id)
    record = {
        "kind": type(run.spec).__name__,
        "spec": run.spec.model_dump(mode="json"),
        "metrics": {k: v if math.isfinite(v) else None for k, v in run.metrics.items()},
        "provenance": dict(run.provenance),
        "arrays": {name: list(run.arrays[name].shape) for name in run.arrays},
    }
    click.echo(json.dumps(record, indent=1, allow_nan=False))


@command.command()
@click.option(
    "--sample",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="How many, drawn at random; all if there are fewer.",
)
def verify(sample: int) -> None:
    """Compute a sample of the bundled runs again and compare final arrays and metrics."""
    store = RunStore(BUNDLED)
    entries, problems = store.list()
    missing = [title for id, title in _titles().items() if id not in {e.id for e in entries}]
    problems = [*problems, *(f"{title} has no run." for title in missing)]
    for entry in random.sample(entries, min(sample, len(entries))):
        name, difference = largest_difference(store.load(entry.id), compute(entry.spec))
        if not difference <= TOLERANCE:
            problems.append(f"{entry.id} differs in {name} by {difference:.1e}.")
        click.echo(f"{entry.id}  {difference:.1e}  {name}")
    if problems:
        raise UserError(f"{' '.join(problems)} Rebuild them with `runs rebuild`.")


@command.command()
def rebuild() -> None:
    """Compute the runs that ship with the app: presets, and their engines' defaults."""
    store = RunStore(BUNDLED)
    wanted = _bundled()
    for spec, title in wanted.values():
        run = compute(spec)
        size = store.save(run).stat().st_size
        click.echo(f"{spec.id}  {size / 1000:5,.0f} kB  {run.provenance['seconds']:>5} s  {title}")
    for entry in store.list()[0]:
        if entry.id not in wanted:
            store.delete(entry.id)
            click.echo(f"{entry.id}  removed: it belongs to no preset.")


def _bundled() -> dict[str, tuple[Spec, str]]:
    """Settings and titles of what ships with the app, by id."""
    kinds = shipped_kinds()
    defaults: list[tuple[Spec, str]] = [(kind(), f"{kind.__name__}()") for kind in kinds]
    found = [(preset.spec, preset.title) for kind in kinds for preset in presets(kind)]
    return {spec.id: (spec, title) for spec, title in [*defaults, *found]}


def _titles() -> dict[str, str]:
    return {id: title for id, (_, title) in _bundled().items()}
