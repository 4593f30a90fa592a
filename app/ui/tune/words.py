"""Words of /tune that more than one part uses."""

from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Line
from app.adjust.metrics import METRIC_TITLES
from app.tune import TuneSpec, chosen_by_hand

PAGE = "tune"

METRIC_WORDS = dict(METRIC_TITLES)
ADJUSTER_WORDS = {name: entry.title for name, entry in ADJUSTERS.items()}
JUDGE_WORDS = {
    "folds": "Stratified folds",
    "split": "The split in the file",
    "same": "The same data (optimistic)",
}
SCALE_WORDS = {
    "as-is": "Logits, as they are",
    "log": "Probabilities: logarithms, centred",
    "center": "Logits: centre each row",
}
PRIOR_WORDS = {
    "balanced": "All equally likely",
    "train": "As in training",
    "custom": "Typed in (PC-softmax)",
}
ANGLES_WORDS = {"etf": "Simplex ETF", "weights": "The classifier's weights"}
TIES_WORDS = {"margin": "By the better duels", "head": "To the head class"}


def named(line: Line) -> str:
    """Title of an adjuster, with its parameter if that was chosen by hand."""
    title = ADJUSTERS[line.name].title
    if not chosen_by_hand(line):
        return title
    ((parameter, value),) = line.parameters.items()
    return f"{title} at {parameter} = {value:.4g}, chosen by you"


def judged_words(spec: TuneSpec, samples: int) -> str:
    """Which samples numbers at one value are of: only a split holds any out."""
    what = "judged samples" if spec.judge == "split" else "samples used for tuning too"
    return f"the {samples:,} {what}"


def percent(value: float | None) -> str:
    """A share in per cent, "n/a" if it is not defined."""
    return "n/a" if value is None or value != value else f"{value:.1%}"
