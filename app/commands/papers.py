"""`python -m app papers`: what the papers claim, measured again."""

import math

import click

from app.commands.tables import aligned
from app.errors import UserError
from app.papers import (
    VERDICT_WORDS,
    Result,
    all_claims,
    largest_difference,
    measured,
    read_results,
    write_results,
)


@click.group("papers", context_settings={"max_content_width": 100})
def command() -> None:
    """What the papers claim, and what was measured here of it."""


@command.command()
def verify() -> None:
    """Run every check again, list the verdicts, and store the results that /papers shows."""
    from app.papers.checks import CHECKS

    stored = _stored()
    found = measured(all_claims(), CHECKS)
    write_results(found)
    rows = [[id, VERDICT_WORDS[r.verdict], _change(r, stored.get(id))] for id, r in found.items()]
    click.echo(aligned(rows, left=3))
    click.echo(f"Stored {len(found)} results.")


def _stored() -> dict[str, Result]:
    """Results of before; none if there are none that can be compared."""
    try:
        return read_results()
    except (UserError, FileNotFoundError):
        return {}


def _change(now: Result, before: Result | None) -> str:
    if before is None:
        return "new"
    difference = largest_difference(before, now)
    if math.isfinite(difference):
        return f"differs by {difference:.0e}" if difference > 1e-9 else "as before"
    same = before.verdict == now.verdict
    return "other figures" if same else f"was: {VERDICT_WORDS[before.verdict]}"
