"""`python -m app tune`: the numbers of the /tune page for a file."""

import json
from typing import Any, Literal, get_args

import click

from app.adjust.adjusters import ADJUSTERS, AdjusterName
from app.adjust.compare import Comparison, Line
from app.commands import tables
from app.commands.inputs import read_input, sample_name, with_counts
from app.commands.options import given, make_spec, spec_options
from app.commands.output import STDOUT, check_spares, check_writable, write
from app.data import Upload
from app.data.counts import LARGEST_COUNT
from app.data.words import plain
from app.errors import UserError
from app.longtail import Profile
from app.tune import (
    TuneSpec,
    bundled_spec,
    comparison,
    estimator_code,
    numpy_code,
    origin,
    report,
    spread_sentence,
    torch_code,
    warnings,
)
from app.tune.export import takes_code

Framework = Literal["numpy", "torch", "estimator"]
_WRITERS = {"numpy": numpy_code, "torch": torch_code, "estimator": estimator_code}
# What the page draws, and the sample it has open: FILE says that here.
PAGE_ONLY = ("data", "groups", "focus", "value")
NAMES = {"adjusters": "rule"}


def _keys(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str | None]:
    """Split role=name; an empty name says that nothing plays the role."""
    if any("=" not in text for text in texts):
        raise click.BadParameter("must be role=name, such as logits=val_logits.", ctx, param)
    pairs = (text.partition("=") for text in texts)
    return {role: name or None for role, _, name in pairs}


@click.command("tune", context_settings={"max_content_width": 100})
@click.argument("file")
@click.option("--labels", metavar="FILE", help="Labels in a file of their own.")
@click.option(
    "--counts",
    metavar="FILE|LIST",
    help="Training samples of each class, as a file or as 5000,3000,...",
)
@click.option(
    "--profile",
    type=click.Choice(get_args(Profile)),
    help="Class counts of a synthetic long tail, class 0 the head; with --head and --ratio.",
)
@click.option(
    "--head", type=click.IntRange(1, LARGEST_COUNT), help="Training samples of its head class."
)
@click.option(
    "--ratio", type=click.FloatRange(1, LARGEST_COUNT), help="Its largest count over its smallest."
)
@click.option(
    "--key",
    "keys",
    metavar="ROLE=NAME",
    multiple=True,
    callback=_keys,
    help="Array or column of a role (logits, labels, ...) where the file leaves a choice.",
)
@click.option("--json", "out", metavar="OUT", help="Write all numbers to OUT; - is stdout.")
@click.option(
    "--code",
    type=click.Choice([name for name in ADJUSTERS if takes_code(name)]),
    help="Print nothing but the code of this tuned adjuster.",
)
@click.option(
    "--framework",
    type=click.Choice(get_args(Framework)),
    default="numpy",
    show_default=True,
    help="What --code is written for.",
)
@spec_options(TuneSpec, NAMES, without=PAGE_ONLY)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: str,
    labels: str | None,
    counts: str | None,
    profile: Profile | None,
    head: int | None,
    ratio: float | None,
    keys: dict[str, str | None],
    out: str | None,
    code: AdjusterName | None,
    framework: Framework,
    **_: Any,
) -> None:
    """Tune logit adjustment exactly on the logits in FILE, and judge it on held-out rows.

    FILE is .npz, .npy, .safetensors, .csv, .parquet or .pt with logits (N, K) and labels, or
    the name of a bundled sample (see `data list`), for which the defaults of the split and of
    Many and Few are its own. Rules that a file lacks something for are left out unless asked for.
    """
    if out == STDOUT and code is not None:
        raise UserError("--code and --json - both write to stdout; name a file for the JSON.")
    if out is not None:
        check_writable(out)
    upload = with_counts(read_input(file, labels, keys), counts, profile, head, ratio)
    if upload.labels is None:
        raise UserError(f"{upload.name} holds no labels: give them with --labels FILE.")
    if out is not None:
        check_spares(out, file, labels, counts)
    settings = given(ctx, TuneSpec)
    spec = make_spec(TuneSpec, _sample_settings(sample_name(file), upload) | settings)
    if spec.custom_prior and spec.prior != "custom":
        raise UserError("--custom-prior has no effect without --prior custom.")
    work = comparison(upload, spec)
    rules = _rules(work, upload, spec, asked="adjusters" in settings)
    if code is not None:
        _refuse_missing(work, upload, code)
        rules = _with_code(rules, code, alone=out is None and "adjusters" not in settings)
    lines = _lines(work, spec, rules)
    record = report(upload, spec, lines)
    for remark in _remarks(work, upload, spec):
        click.echo(remark, err=code is not None or out == STDOUT)
    if out is not None:
        write(out, f"{json.dumps(record, indent=1, allow_nan=False)}\n".encode())
    if code is not None:
        line = next(line for line in lines if line.name == code)
        comment = origin(upload.name, spec, line, record["protocol"])
        click.echo(_WRITERS[framework](code, line.parameters, work.setup, comment), nl=False)
    elif out != STDOUT:
        click.echo(_text(record, lines))


def _sample_settings(name: str, upload: Upload) -> dict[str, Any]:
    """What the page sets when a bundled sample is opened."""
    return {"data": name, **bundled_spec(upload)} if name else {}


def _rules(
    work: Comparison, upload: Upload, spec: TuneSpec, asked: bool
) -> tuple[AdjusterName, ...]:
    """Rules to compare: those asked for, or the usual ones that the file has everything for."""
    if asked:
        for name in spec.adjusters:
            _refuse_missing(work, upload, name)
    return tuple(name for name in spec.adjusters if work.available(name))


def _with_code(
    rules: tuple[AdjusterName, ...], code: AdjusterName, alone: bool
) -> tuple[AdjusterName, ...]:
    """Rules to compute so that one of them can be written down."""
    if alone:
        return (code,)
    return rules if code in rules else (*rules, code)


def _refuse_missing(work: Comparison, upload: Upload, name: AdjusterName) -> None:
    if not work.available(name):
        raise UserError(f"{name} cannot be tuned on {upload.name}: {_what_lacks(name)}.")


def _what_lacks(name: AdjusterName) -> str:
    if name == "1vs1":
        return "the duels of that many classes would take too long"
    return "it needs the classifier's weights, which the file does not hold"


def _remarks(work: Comparison, upload: Upload, spec: TuneSpec) -> list[str]:
    """Notes about the file, then what to know before believing a number."""
    left_out = [
        f"{name} is left out: {_what_lacks(name)}."
        for name in spec.adjusters
        if not work.available(name)
    ]
    if upload.split is not None and spec.judge == "folds":
        left_out.append("The file has a split, which --judge split would use.")
    notes = [f"Note: {note}" for note in (*upload.notes, *left_out)]
    remarks = [*notes, *(f"Warning: {warning}" for warning in warnings(upload, spec))]
    # Names of classes come from the file: nothing in them may steer the terminal.
    return [tables.sentences(plain(remark, 2000)) for remark in remarks]


def _lines(work: Comparison, spec: TuneSpec, rules: tuple[AdjusterName, ...]) -> list[Line]:
    """Tune and judge, showing on a terminal which adjuster is at work."""
    from tqdm import tqdm

    others = [name for name in rules if name != "raw"]
    found = work.lines(
        tuple(others),
        spec.metric,
        (spec.low, spec.high),
        judge=spec.judge,
        folds=spec.folds,
        seed=spec.seed,
        samples=spec.samples,
    )
    lines = []
    # disable=None: only if stderr is a terminal.
    with tqdm(["raw", *others], disable=None, leave=False, unit="adjuster") as names:
        for name in names:
            names.set_description(name)
            lines.append(next(found))
    return lines


def _text(record: dict[str, Any], lines: list[Line]) -> str:
    """The report for people."""
    parts = [tables.heading(record), tables.table(record)]
    spreads = [(line.name, spread_sentence(line)) for line in lines]
    notes = [(line.name, line.note) for line in lines]
    said = [tables.sentences(f"{name}: {text}") for name, text in spreads + notes if text]
    take = next((line.name for line in lines if takes_code(line.name)), None)
    if take is not None:
        said.append(
            f"\nThe code of a tuned adjuster: add --code {take} "
            f"(--framework {', '.join(get_args(Framework))})."
        )
    return "\n\n".join([*parts, "\n".join(said)]).rstrip()
