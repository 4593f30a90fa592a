"""Names and sentences of the page /compare."""

from app.spec import to_text
from app.ui.collapse.words import CURVES
from app.ui.compare.kinds import KINDS, LOSS_WORDS
from app.ui.lists import grouped

PAGE = "compare"
ABSENT = "\N{EM DASH}"

LEAD = (
    "Every run that ships with the app or was made here. Tick one to open it, two to four to put "
    "them side by side."
)
KIND_WORDS = {"any": "Any"} | {name: kind.words for name, kind in KINDS.items()}
LOSS_FILTER_WORDS = {"any": "Any"} | LOSS_WORDS
RATIO_WORDS = {
    "any": "Any",
    "1": "1 (balanced)",
    "to-10": "Above 1, to 10",
    "to-100": "Above 10, to 100",
    "beyond": "Above 100",
}
_ENDS = {
    "classifier": "W Wᵀ",
    "means": "H Hᵀ",
    "logits": "W Hᵀ",
    "centered_means": "H Hᵀ, centred,",
}
METRIC_WORDS = (
    {
        f"{origin}_{end}": f"{words} from {origin}"
        for origin in ("theory", "optimum")
        for end, words in _ENDS.items()
    }
    | {
        f"nc2_{part}_{end}": f"NC2, {words} of the {owner}"
        for part, words in (("norms", "norms"), ("angles", "angles"), ("etf", "distance to ETF"))
        for end, owner in (("classifier", "classifier"), ("means", "means"))
    }
    | CURVES
    | {
        "accuracy": "share of the classes recognised",
        "ratio": "ratio of the certificate",
        "nc3": "NC3",
        "nc3_weighted": "NC3, weighted",
        "largest_gap": "largest certified gap of a cell",
        "largest_ratio": "largest ratio of a certificate",
        "cells": "cells solved",
    }
)
# What is drawn unasked: the first two that there are.
FIRST = ("objective", "gap", "theory_logits", "largest_gap", "largest_ratio")
# What else is told of the end without opening more.
ALSO = ("loss", "lower_bound", "ratio", "accuracy", "gradient_norm", "theory_means")


def metric_words(name: str) -> str:
    """A metric's name in words."""
    return METRIC_WORDS.get(name, name.replace("_", " ").replace("/", ": "))


def size_words(size: int) -> str:
    """Bytes as kB or MB."""
    return f"{size / 1000:,.0f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def value_words(name: str, value: object) -> str:
    """A field's value: flags as yes and no, equal neighbours of a list together."""
    if name == "loss":
        return LOSS_WORDS.get(str(value), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        text = grouped([to_text(item) for item in value])
        return text if len(text) <= 80 else f"{text[:80]}..."
    return to_text(value) or "automatic"
