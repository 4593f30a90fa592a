"""The Python behind the figures of /tune: pieces that `app.ui.script.script` joins."""

from app.adjust.adjusters import AdjusterName
from app.adjust.metrics import METRIC_TITLES
from app.tune import TuneSpec
from app.ui.script import call, literal, settings
from app.ui.tune.data import Chosen


def work_code(chosen: Chosen, spec: TuneSpec) -> str:
    """Settings, data and what adjusters have in common: `spec`, `upload`, `work`."""
    return (
        f"{settings(spec)}\n{_data_code(chosen, spec)}\n"
        "from app.tune import comparison\n"
        "work = comparison(upload, spec)\n"
    )


def lines_code(names: tuple[AdjusterName, ...]) -> str:
    """Adjusters tuned and judged: `lines`, raw first."""
    return (
        "from app.tune import tuned_lines\n"
        f"lines = {call('list', call('tuned_lines', 'work', 'spec', literal(names)))}\n"
    )


def counts_code() -> str:
    """The class counts."""
    return (
        "from app.figures.classes import counts_figure\n"
        "from app.tune import class_labels\n"
        "figure = counts_figure(upload.class_counts, work.setup.groups, class_labels(upload))"
    )


def curves_code(spec: TuneSpec) -> str:
    """The exact curves."""
    drawn = call(
        "curves_figure",
        "tuned_curves(work, spec, lines)",
        "(spec.low, spec.high)",
        "raw_value(work, spec)",
        literal(METRIC_TITLES[spec.metric]),
        "spec.focus",
    )
    return (
        "from app.figures.curves import curves_figure\n"
        "from app.tune.curves import raw_value, tuned_curves\n"
        f"figure = {drawn}"
    )


def focus_code(spec: TuneSpec) -> str:
    """The adjuster in focus, at the value chosen for it if there is one: `raw`, `line`."""
    found = "raw = lines[0]\nline = next(line for line in lines if line.name == spec.focus)\n"
    if spec.value is None:
        return found
    return (
        f"{found}from app.tune import judge_by_hand\nline = judge_by_hand(work, line, spec.value)\n"
    )


def gains_code() -> str:
    """Recall of each class, raw and adjusted."""
    drawn = call(
        "recall_change_figure",
        "upload.class_counts",
        "work.setup.groups",
        "class_labels(upload)",
        "raw.recalls",
        "line.recalls",
        "420",
    )
    return (
        "from app.figures.classes import recall_change_figure\n"
        "from app.tune import class_labels\n"
        f"figure = {drawn}"
    )


def flips_code(most: int) -> str:
    """Predictions moved from class to class."""
    return (
        "import numpy as np\n"
        "from app.adjust.flips import bin_names, flip_counts, rank_bins\n"
        "from app.figures.classes import flips_figure\n"
        "from app.tune import class_labels\n"
        "before = raw.predictions[np.searchsorted(raw.rows, line.rows)]\n"
        f"bin_of, ranks = rank_bins(upload.class_counts, {most})\n"
        "moved = flip_counts(before, line.predictions, bin_of)\n"
        "names = bin_names(upload.class_counts, ranks, class_labels(upload))\n"
        f"figure = flips_figure(moved, names, binned=len(upload.class_counts) > {most})"
    )


def _data_code(chosen: Chosen, spec: TuneSpec) -> str:
    if chosen.shared:
        return f"from app.data import load\nupload = load({literal(spec.data)})"
    upload = chosen.upload
    assert upload.class_counts is not None
    return (
        "from dataclasses import replace\n"
        "import numpy as np\n"
        "from app.data import read_upload\n"
        "# Your data as a file, and the class counts as the page has them.\n"
        f"upload = {call('read_upload', literal(upload.name), literal(upload.name))}\n"
        f"counts = np.array({literal(upload.class_counts.tolist())})\n"
        "upload = replace(upload, class_counts=counts)"
    )
